import { execFileSync } from 'node:child_process';
import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { root } from '../deploy/prepare.mjs';
import { takeBlock } from './documented-commands.mjs';
import { type DebianMachine, startDebian } from './support/debian-machine.ts';
import { createNetwork } from './support/network.ts';
import { dist, makeFolder } from './support/program.ts';
import { until } from './support/requests.ts';

/** The Nester as a service of systemd, in the sandbox of its unit. */

const UNITS = join(root, 'deploy/systemd');
const network = createNetwork();
afterAll(() => network[Symbol.asyncDispose]());

/** The command of the documentation. Whoever runs it here is root, where there is no sudo. */
const documented = (page: string): string => `sudo() { "$@"; }; cd /root; ${takeBlock(page, 'nester.js install')}`;

/** A machine that has Node, and the file of the program. */
function startServer(name: string): Promise<DebianMachine> {
  return startDebian({ systemd: true, at: network.add(name), name, files: [join(dist, 'nester.js')] });
}

const installNode = 'DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nodejs >/dev/null 2>&1';
const report = (node: string, key: string): string =>
  `curl -sS -o /dev/null -w '%{http_code}' -H 'X-API-Key: ${key}' -H 'Content-Type: application/json' -d '{"node":"${node}"}' http://127.0.0.1:5000/api/report`;
const mainPid = 'systemctl show -P MainPID nester-dashboard';

describe('the units', () => {
  it('are what systemd expects, without a word', () => {
    const folder = makeFolder('units');
    for (const name of readdirSync(UNITS)) copyFileSync(join(UNITS, name), join(folder, name));
    const units = readdirSync(folder).map((name) => join(folder, name));
    // What they start is not there on this machine, which is no fault of theirs.
    execFileSync('sed', ['-i', 's:^ExecStart=/opt/nester-harvester/harvester:ExecStart=/bin/sh:', ...units]);

    const said = execFileSync('sh', ['-c', 'systemd-analyze verify "$@" 2>&1', 'sh', ...units], { encoding: 'utf8' });

    expect(units.length).toBe(4);
    expect(said).toBe('');
  });

  it.each([
    ['nester-dashboard.service', 1.5],
    ['nester-harvester.service', 2],
    ['nester-harvester-once.service', 2],
  ])('%s is exposed by %d at most', (name, most) => {
    const said = execFileSync('systemd-analyze', ['security', '--offline=true', '--no-pager', join(UNITS, name)], { encoding: 'utf8' });

    const exposure = Number(/Overall exposure level for \S+: ([\d.]+) /.exec(said)?.[1]);
    expect(exposure).toBeLessThanOrEqual(most);
    expect(exposure).toBeGreaterThan(0);
  });
});

describe('nester install', () => {
  it('makes a service that is ready when it says so, keeps its reports, is upgraded, and removed', async () => {
    await using server = await startServer('server');
    server.get(installNode);

    const installed = server.run(documented('docs/install.md'));
    expect(installed).toMatchObject({ status: 0, stderr: '', stdout: expect.stringContaining('http://server:5000\n') as string });
    // systemctl came back when Nester had said that it is ready: the first report finds it.
    expect(server.get(report('a', 'KEY'))).toBe('201');
    expect(server.get('systemctl show -P StatusText -P NotifyAccess -P Type nester-dashboard')).toContain('notify');

    expect(server.run(documented('docs/install.fr.md').replace(' KEY', ' second'))).toMatchObject({ status: 0, stderr: '' });
    expect(server.get(report('b', 'second'))).toBe('201');
    expect(server.get(report('b', 'KEY'))).toBe('401');
    expect(server.get('cat /etc/nester.env')).toMatch(/NESTER_RETENTION="4w"\nNESTER_API_KEY="second"\n|NESTER_API_KEY="second"\nNESTER_RETENTION="4w"\n/);
    const nodes = JSON.parse(server.get('curl -fsS http://127.0.0.1:5000/api/nodes')) as { node: string }[];
    expect(nodes.map(({ node }) => node).toSorted()).toEqual(['a', 'b']);
    expect(server.get(`systemctl stop nester-dashboard; systemctl show -P Result nester-dashboard; journalctl -u nester-dashboard -o cat`)).toMatch(/^success\n[\s\S]*stopped/);

    expect(server.run('node /opt/nester/nester.js uninstall')).toMatchObject({ status: 0, stderr: '', stdout: expect.stringContaining('/var/lib/nester\n') as string });
    expect(server.get('ls -d /opt/nester /etc/nester.env /etc/systemd/system/nester-dashboard.service 2>/dev/null || :')).toBe('');
    expect(server.get('cat /var/lib/nester/data.json')).toContain('"node":"b"');
  }, 600_000);

  it('takes its key as a credential, and starts again when it was killed or stands still', async () => {
    await using server = await startServer('guarded');
    server.get(`${installNode}
      echo secret >/etc/nester.key
      mkdir -p /etc/systemd/system/nester-dashboard.service.d
      printf '[Service]\\nLoadCredential=NESTER_API_KEY:/etc/nester.key\\nWatchdogSec=2\\nRestartSec=0\\n' >/etc/systemd/system/nester-dashboard.service.d/own.conf
      node /root/nester.js install`);
    expect(server.get(`${report('a', 'wrong')}; ${report('a', 'secret')}`)).toBe('401201');
    expect(server.get(`tr '\\0' '\\n' </proc/$(${mainPid})/environ`)).not.toContain('secret');

    const restarted = async (how: string): Promise<void> => {
      const before = server.get(mainPid);
      server.get(`kill -${how} $(${mainPid})`);
      await until('another process takes reports', () => {
        const now = server.get(mainPid);
        return now !== before && now !== '0\n' && server.run('curl -fsS http://127.0.0.1:5000/readyz').status === 0;
      });
    };
    await restarted('KILL');
    expect(server.get(report('b', 'secret'))).toBe('201');
    // It neither ends nor answers: only the watchdog notices.
    await restarted('STOP');
    expect(server.get('journalctl -u nester-dashboard -o cat')).toContain('Watchdog timeout');
    const nodes = JSON.parse(server.get('curl -fsS http://127.0.0.1:5000/api/nodes')) as { node: string }[];
    expect(nodes.map(({ node }) => node).toSorted()).toEqual(['a', 'b']);
  }, 600_000);

  it('ends for good on settings that are wrong, and says which', async () => {
    await using server = await startServer('wrong');
    server.get(installNode);
    server.get('echo "NESTER_RETENTION=soon" >/etc/nester.env');

    const { status, stderr } = server.run('node /root/nester.js install');

    expect(status).toBe(1);
    expect(stderr).toContain('systemctl restart nester-dashboard failed');
    expect(server.get('journalctl -u nester-dashboard -o cat')).toContain('NESTER_RETENTION: expected');
    expect(server.get('systemctl show -P ActiveState nester-dashboard')).toBe('failed\n');
  }, 600_000);
});
