import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { StoredReport } from '../protocol/report.ts';
import { makeFolder, type RunningNester, runProgram, startNester } from './support/program.ts';

/**
 * What a Harvester may meet at a site: programs that lie, hang or print without end, and names
 * made to be taken for commands. Each time it says what is wrong in one line, and still reports.
 */

const SCANNED = '192.0.2.0/24';
let nester: RunningNester;
let folder: string;
let count = 0;

beforeAll(async () => {
  nester = await startNester();
});
beforeEach(() => {
  folder = makeFolder('hostile');
});

/** Puts a program in front of the machine's own; its arguments are written to `<name>.args`. */
function install(name: string, script: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\nprintf '%s\\n' "$*" >> ${folder}/${name}.args\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
}

const argumentsOf = (name: string): string[] => readFileSync(join(folder, `${name}.args`), 'utf8').trimEnd().split('\n');

async function once(env: Record<string, string> = {}, under: readonly string[] = []) {
  const node = `hostile ${++count}`;
  const ended = await runProgram('harvester.js', ['once'], {
    env: {
      PATH: `${folder}:${process.env['PATH'] ?? ''}`,
      NESTER: nester.url,
      HARVESTER_NODE: node,
      HARVESTER_STATE_DIR: join(folder, 'state'),
      HARVESTER_PINGS: '2',
      HARVESTER_SCAN: 'off',
      // In place of the machine's own, which tests leave alone.
      HARVESTER_TARGETS: 'gateway=127.0.0.1',
      ...env,
    },
    under,
    deadlineMs: 60_000,
  });
  return { ...ended, report: await newestOf(node) };
}

async function newestOf(node: string): Promise<StoredReport | undefined> {
  const answer = await fetch(`${nester.url}/api/reports?node=${encodeURIComponent(node)}`);
  return ((await answer.json()) as StoredReport[]).at(-1);
}

describe('a harvester in hostile surroundings', () => {
  it.each([
    ['prints garbage', 'head -c 3000 /dev/urandom', /^harvester: ping gives no measurement: [^\n]+\n$/],
    ['prints megabytes', 'exec yes "64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=1 ms"', /^harvester: ping gives no measurement: it printed more than 256 KiB\n$/],
    ['hangs and will not end', 'trap "" TERM INT; while :; do sleep 1; done', /^harvester: ping gives no measurement: it did not end in time and printed nothing of use\n$/],
    ['claims what cannot be', 'echo "2 packets transmitted, -5 received, 350% packet loss"; echo "time=99999999999999999999 ms"', /^harvester: ping gives no measurement: [^\n]+\n$/],
  ])('reports without the line, and says why, when ping %s', async (_what, script, line) => {
    install('ping', script);

    const { code, stdout, stderr, report } = await once();

    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toMatch(line);
    expect(report).toMatchObject({ latency: null, loss: null, jitter: null, targets: [{ name: 'gateway', latency: null }] });
    expect(report).not.toHaveProperty('method');
    expect(argumentsOf('ping')[0]).toBe('-n -c 2 -i 0.2 -W 2 127.0.0.1');
  });

  it('reports without the LAN, and says why, when nmap prints a bomb of entities', async () => {
    const entities = Array.from({ length: 30 }, (_, at) => `<!ENTITY e${at + 1} "${`&e${at};`.repeat(10)}">`).join('');
    writeFileSync(
      join(folder, 'bomb.xml'),
      `<?xml version="1.0"?><!DOCTYPE nmaprun [<!ENTITY e0 "boom">${entities}]><nmaprun><host><status state="up"/><address addr="&e30;" addrtype="ipv4"/></host><runstats><hosts up="1"/></runstats></nmaprun>\n`,
    );
    install('nmap', `exec cat ${folder}/bomb.xml`);

    const { code, stderr, report } = await once({ HARVESTER_SCAN: SCANNED });

    expect(code).toBe(0);
    expect(stderr).toBe(`harvester: the LAN ${SCANNED} was not scanned: the output of nmap declares entities, which nmap never does\n`);
    expect(report).toMatchObject({ devices: null, loss: 0 });
    expect(argumentsOf('nmap')).toEqual([`-sn -n -oX - ${SCANNED}`]);
  });

  it('takes of what nmap says only what can be true', async () => {
    const host = (address: string, mac: string, vendor: string): string =>
      `<host><status state="up"/><address addr="${address}" addrtype="ipv4"/><address addr="${mac}" addrtype="mac" vendor="${vendor}"/></host>`;
    const hosts = [host('192.0.2.1', '02:00:00:00:00:01', '&lt;script>$(reboot)'), host('-oN/etc/x', '02:00:00:00:00:02', ''), host('192.0.2.3', ';reboot', 'Acme')];
    install('nmap', `cat <<'END'\n<nmaprun>${hosts.join('')}<runstats><hosts up="3"/></runstats></nmaprun>\nEND`);

    const { code, stderr, report } = await once({ HARVESTER_SCAN: SCANNED, HARVESTER_SCAN_PORTS: '1' });

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(report).toMatchObject({ devices: 2, hosts: [{ ip: '192.0.2.1', mac: '02:00:00:00:00:01', vendor: '<script>$(reboot)' }, { ip: '192.0.2.3' }] });
    expect(report?.hosts?.[1]).not.toHaveProperty('mac');
  });

  it('is called by a host name that was made to be a command, and runs it nowhere', async () => {
    const name = `;$(touch ${folder}/run)`;
    install('ping', 'echo "time=1 ms"; echo "2 packets transmitted, 2 received, 0% packet loss"');

    // `hostname` would refuse it; the kernel does not.
    const under = ['unshare', '--uts', 'sh', '-c', 'printf %s "$0" > /proc/sys/kernel/hostname && exec "$@"', name];
    const { code, stderr } = await once({ HARVESTER_NODE: '' }, under);

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(await newestOf(name)).toMatchObject({ node: name, agent: { hostname: name } });
    expect(existsSync(join(folder, 'run'))).toBe(false);
  });

  it('starts nothing when it is told to measure an option or a command', async () => {
    for (const name of ['ping', 'nmap']) install(name, 'exit 0');

    const { code, stderr } = await once({
      HARVESTER_TARGET: '-oN/etc/x',
      HARVESTER_TARGETS: 'a=;$(reboot),b=--help',
      HARVESTER_SCAN: '-oN/etc/x',
      HARVESTER_SCAN_PORTS: '22;reboot',
    });

    expect(code).toBe(2);
    for (const setting of ['HARVESTER_TARGET:', 'HARVESTER_TARGETS:', 'HARVESTER_SCAN:', 'HARVESTER_SCAN_PORTS:']) expect(stderr).toContain(setting);
    for (const name of ['ping', 'nmap']) expect(existsSync(join(folder, `${name}.args`))).toBe(false);
  });
});
