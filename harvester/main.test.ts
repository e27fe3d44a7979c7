import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir, uptime } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeReport, type Report } from '../protocol/report.ts';
import { type FakeNester, startFakeNester } from './deliver/fake-nester.ts';

const LAN_XML = '<nmaprun><host><status state="up"/><address addr="192.0.2.7" addrtype="ipv4"/><address addr="00:05:CD:00:00:01" addrtype="mac" vendor="Acme"/></host><runstats><hosts up="1"/></runstats></nmaprun>';
const PATIENT = { timeout: 25_000 };
const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
let nester: FakeNester;
let folder: string;
let running: ChildProcess[];
beforeEach(async () => {
  [nester, folder, running] = [await startFakeNester(), await mkdtemp(join(tmpdir(), 'harvester-main-')), []];
});
afterEach(async () => {
  for (const child of running) child.kill('SIGKILL');
  await nester.close();
  await rm(folder, { recursive: true });
});

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

function environmentOf(environment: Record<string, string> = {}): Record<string, string | undefined> {
  return {
    PATH: process.env['PATH'],
    NESTER: nester.base,
    HARVESTER_NODE: 'site 1',
    HARVESTER_PINGS: '1',
    // In place of the machine's own, which tests leave alone.
    HARVESTER_TARGETS: 'gateway=127.0.0.1',
    HARVESTER_SCAN: 'off',
    HARVESTER_STATE_DIR: join(folder, 'state'),
    ...environment,
  };
}

/** The program as a person starts it, with a quick measurement and a state folder of its own. */
function begin(args: string[], environment: Record<string, string> = {}): { child: ChildProcess; ended: Promise<Ended>; stderr: () => string } {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, ...args], {
    env: environmentOf(environment),
  });
  running.push(child);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<Ended>((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
  return { child, ended, stderr: () => stderr };
}

const run = (args: string[], environment: Record<string, string> = {}): Promise<Ended> => begin(args, environment).ended;
const reports = (): Report[] =>
  nester.kept.map((json) => {
    const decoded = decodeReport(JSON.parse(json), Date.now());
    if (!decoded.ok) throw new Error(`Nester would refuse ${json}: ${JSON.stringify(decoded.errors)}`);
    // Nothing was sent that the protocol does not know.
    expect(JSON.parse(json)).toEqual(decoded.value);
    return decoded.value;
  });

describe('harvester once', () => {
  it('measures for real, delivers, is silent and ends with 0', async () => {
    const ended = await run(['once'], { HARVESTER_TARGETS: 'self=127.0.0.1,gateway=127.0.0.2', HARVESTER_LABELS: 'city=Lyon', HARVESTER_PINGS: '2', HARVESTER_SCAN: '127.0.0.1/32' });

    expect(ended).toEqual({ code: 0, stdout: '', stderr: '' });
    const [report] = reports();
    expect(report).toMatchObject({
      node: 'site 1',
      ip: '127.0.0.1',
      devices: 1,
      loss: 0,
      interval: 60,
      targets: [
        { name: 'self', loss: 0 },
        { name: 'gateway', loss: 0 },
      ],
      metrics: { memory: expect.any(Number), uptime: expect.any(Number), load1: expect.any(Number), disk: expect.any(Number) },
      hosts: [{ ip: '127.0.0.1' }],
      labels: { city: 'Lyon' },
      agent: { mode: 'once', boot: expect.any(String), kept: 0, dropped: 0 },
    });
    expect(report?.latency).toBeGreaterThan(0);
    expect(report?.jitter).toBeGreaterThanOrEqual(0);
  });

  it('measures by TCP where there is no ping, finds the LAN where there is no nmap, and is silent about it', async () => {
    const ended = await run(['once'], { PATH: folder, HARVESTER_PINGS: '3', HARVESTER_SCAN: '127.0.0.1/32' });

    expect(ended).toEqual({ code: 0, stdout: '', stderr: '' });
    const [report] = reports();
    expect(report).toMatchObject({ method: 'tcp', loss: 0, targets: [{ name: 'gateway', method: 'tcp' }], devices: 1, hosts: [{ ip: '127.0.0.1' }] });
    expect(report?.latency).toBeGreaterThan(0);
    expect(report?.latency).toBeLessThan(1_000);
  });

  it('tells of the processor in its very first run, and for that lasts a second', async () => {
    await run(['once']);

    expect(reports()[0]?.metrics?.['cpu']).toBeGreaterThanOrEqual(0);
  });

  it('sends hashes of what recognises hosts, the same in each run, when told to', async () => {
    await writeFile(join(folder, 'nmap'), `#!/bin/sh\ncat <<'E'\n${LAN_XML}\nE\n`, { mode: 0o755 });
    const environment = { PATH: `${folder}:${process.env['PATH'] ?? ''}`, HARVESTER_SCAN: '192.0.2.0/24', HARVESTER_PRIVACY: 'hash', HARVESTER_SCAN_INTERVAL: '10' };
    await run(['once'], environment);
    await rm(join(folder, 'state', 'scan.json'));
    await run(['once'], environment);

    const [first, second] = reports().map(({ hosts }) => hosts);
    expect(first).toMatchObject([{ ip: '192.0.2.7', mac: expect.stringMatching(/^.[26ae](:..){5}$/), vendor: 'Acme' }]);
    expect(second).toEqual(first);
    expect(nester.kept.join()).not.toContain('00:05:cd');
    expect((await stat(join(folder, 'state', 'salt'))).mode & 0o777).toBe(0o600);
  });

  it('tells of the processor since the run before', async () => {
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    await mkdir(join(folder, 'state'));
    const before = { uptimeSeconds: uptime() - 5, boot, processor: { busy: 0, total: 1 } };
    await writeFile(join(folder, 'state', 'counters.json'), JSON.stringify(before));

    await run(['once']);

    expect(reports()[0]?.metrics?.['cpu']).toBeGreaterThan(0);
    const after = JSON.parse(await readFile(join(folder, 'state', 'counters.json'), 'utf8')) as typeof before;
    expect(after.uptimeSeconds).toBeGreaterThan(before.uptimeSeconds + 4);
  });

  it('says when the next report is due: by what it was told, else by the runs before', async () => {
    await mkdir(join(folder, 'state'));
    const runs = [4, 3, 2, 1].map((ago) => Date.now() - ago * 300_000);
    await writeFile(join(folder, 'state', 'runs.json'), JSON.stringify(runs));

    const shown = await run(['show', '--json']);
    await run(['once', '--interval', '120']);
    await run(['once']);

    expect(JSON.parse(shown.stdout)).toMatchObject({ interval: 300 });
    expect(reports().map(({ interval }) => interval)).toEqual([120, 300]);
  });

  it('runs the programs of the site, without the key and whatever is wrong with one of them', async () => {
    await mkdir(join(folder, 'state', 'custom.d'), { recursive: true });
    const install = async (name: string, script: string): Promise<void> => {
      await writeFile(join(folder, 'state', 'custom.d', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    };
    await install('ups', 'echo "ups.battery 97"; echo "key.shown ${NESTER_API_KEY:-0}"');
    await install('broken', 'echo "no measurement at all"; exit 3');

    const ended = await run(['once'], { NESTER_API_KEY: '1' });

    expect(reports()[0]?.metrics).toMatchObject({ 'ups.battery': 97, 'key.shown': 0 });
    expect(ended.code).toBe(0);
    expect(ended.stderr).toBe('harvester: own measurement broken: it ended with code 3 and said: nothing\n');
  });

  it('says that the folder it was told of is not there', async () => {
    const ended = await run(['once'], { HARVESTER_CUSTOM_DIR: join(folder, 'nowhere') });

    expect(ended.code).toBe(0);
    expect(ended.stderr).toMatch(/^harvester: own measurements, .*nowhere: it cannot be read: ENOENT.*\n$/);
  });

  it('tells the hosts of a scan once, their number again', async () => {
    for (let round = 0; round < 2; round++) await run(['once'], { HARVESTER_SCAN: '127.0.0.1/32' });

    expect(reports().map(({ devices, hosts }) => [devices, hosts?.length])).toEqual([
      [1, 1],
      [1, undefined],
    ]);
  });

  it('keeps what it cannot deliver, says so in one line and ends with 1; the next run delivers, the fresh report first', async () => {
    const gone = { NESTER: 'http://127.0.0.1:1' };
    const first = await run(['once'], gone);
    await run(['once'], gone);

    const third = await run(['once']);

    expect(first.code).toBe(1);
    expect(first.stderr).toMatch(/^harvester: not delivered, 1 kept for later: .*ECONNREFUSED.*\n$/);
    expect(third).toEqual({ code: 0, stdout: '', stderr: '' });
    const kept = reports().map(({ agent }) => agent?.kept);
    expect(kept).toEqual([2, 0, 1]);
    const times = reports().map(({ timestamp = '' }) => Date.parse(timestamp));
    expect(times[0]).toBeGreaterThan(times[2] ?? NaN);
    expect(times[2]).toBeGreaterThan(times[1] ?? NaN);
  });

  it('ends with 3 when Nester refuses the report, and does not send it again', async () => {
    nester.onRequest = (_request, response) => {
      response.writeHead(400, { 'content-type': 'application/problem+json' }).end('{"errors":[{"path":"node","message":"not allowed here"}]}');
      return true;
    };
    const refused = await run(['once']);
    nester.onRequest = () => false;
    await run(['once']);

    expect(refused.code).toBe(3);
    expect(refused.stderr).toMatch(/^harvester: .*node: not allowed here\n$/);
    expect(reports()).toHaveLength(1);
  });

  it('ends with 3 when the key is refused, keeps the report, and never shows the key', async () => {
    nester.onRequest = ({ key }, response) => {
      if (key === 'right') return false;
      response.writeHead(401, { 'content-type': 'application/problem+json' }).end('{"detail":"the key is wrong"}');
      return true;
    };
    const refused = await run(['once'], { NESTER_API_KEY: 'wr0ng' });
    const accepted = await run(['once', '--api-key', 'right']);

    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain('does not accept the key, 1 kept for later');
    expect(refused.stderr).not.toContain('wr0ng');
    expect(accepted.code).toBe(0);
    expect(reports()).toHaveLength(2);
  });

  it('comes back at once to a Nester that was busy for a moment', async () => {
    nester.onRequest = (_request, response) => {
      if (nester.requests.length > 1) return false;
      response.writeHead(503, { 'retry-after': '1' }).end();
      return true;
    };

    expect(await run(['once'])).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(reports()).toHaveLength(1);
  });

  it('lets overlapping runs each deliver their own report', async () => {
    const all = await Promise.all([run(['once']), run(['once']), run(['once'])]);

    expect(all).toEqual(Array(3).fill({ code: 0, stdout: '', stderr: '' }));
    expect(new Set(reports().map(({ timestamp }) => timestamp)).size).toBe(3);
  });

  it('goes on after a run that was killed while it held the folder', async () => {
    nester.onRequest = () => true;
    const killed = begin(['once']);
    await expect.poll(() => nester.requests.length, PATIENT).toBe(1);
    killed.child.kill('SIGKILL');
    await killed.ended;
    nester.onRequest = () => false;

    expect(await run(['once'])).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(reports()).toHaveLength(2);
  });

  it('delivers without a state folder, and says that it could not keep anything', async () => {
    await writeFile(join(folder, 'file'), '');

    const ended = await run(['once'], { HARVESTER_STATE_DIR: join(folder, 'file', 'state') });

    expect(ended.code).toBe(0);
    expect(ended.stderr).toMatch(/^harvester: .*cannot be written \(ENOTDIR.*\n$/);
    expect(reports()).toHaveLength(1);
  });

  it('uses no folder that an agent uses', async () => {
    const agent = begin(['agent']);
    await expect.poll(() => nester.kept.length, PATIENT).toBeGreaterThan(0);

    const ended = await run(['once']);

    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain(`an agent (process ${agent.child.pid})`);
  });

  it('takes no host, network or name for an option or a command', async () => {
    const evil = await run(['once'], { HARVESTER_TARGET: '-oN/etc/x', HARVESTER_SCAN: '127.0.0.1/32 -oN /tmp/x' });
    await run(['once'], { HARVESTER_NODE: `;$(touch ${folder}/injected)` });

    expect(evil.code).toBe(2);
    expect(evil.stderr).toContain('HARVESTER_TARGET');
    expect(evil.stderr).toContain('HARVESTER_SCAN');
    expect(reports()[0]?.node).toBe(`;$(touch ${folder}/injected)`);
    expect(await readdir(folder)).toEqual(['state']);
  });

  it('gives the programs it runs no key', async () => {
    await writeFile(join(folder, 'ping'), `#!/bin/sh\nenv > ${folder}/environment\n`);
    await chmod(join(folder, 'ping'), 0o755);

    await run(['once'], { PATH: `${folder}:${process.env['PATH'] ?? ''}`, NESTER_API_KEY: 'k3y' });

    const environment = await readFile(join(folder, 'environment'), 'utf8');
    expect(environment).toContain('LC_ALL=C');
    expect(environment).not.toContain('k3y');
  });
});

describe('harvester show', () => {
  it('prints what would be sent, sends nothing and leaves no trace', async () => {
    const { code, stdout, stderr } = await run(['show'], { HARVESTER_SCAN: '127.0.0.1/32' });

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(decodeReport(JSON.parse(stdout), Date.now())).toMatchObject({ ok: true, value: { node: 'site 1', ip: '127.0.0.1', devices: 1, loss: 0 } });
    expect(nester.requests).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('harvester show at a terminal', () => {
  it('prints columns for a person, and JSON when asked to', async () => {
    const atTerminal = async (args: string): Promise<string> => {
      const child = spawn('script', ['-qec', `exec "${process.execPath}" --import tsx "${MAIN}" show ${args}`, '/dev/null'], { env: environmentOf() });
      running.push(child);
      let shown = '';
      child.stdout.on('data', (chunk: Buffer) => (shown += chunk.toString()));
      await new Promise((resolve, reject) => {
        child.once('close', resolve);
        child.once('error', () => reject(new Error('script could not be run. Install it with: apt-get install bsdutils')));
      });
      return shown.replaceAll('\r', '');
    };

    const [columns, json] = [await atTerminal(''), await atTerminal('--json')];

    expect(columns).toMatch(/^node +site 1\n/);
    expect(columns).toMatch(/\n {2}main target +[\d.]+ ms +0 % /);
    expect(JSON.parse(json)).toMatchObject({ node: 'site 1' });
    expect(nester.requests).toEqual([]);
  });
});

describe('harvester doctor', () => {
  it('finds all well, sends no report and leaves no trace', async () => {
    const { code, stdout, stderr } = await run(['doctor']);

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(7);
    for (const line of lines) expect(line).toMatch(/^ok {6}/);
    expect(nester.requests.map(({ url, body }) => [url, body])).toEqual([['/api/reports', '[]']]);
    expect(nester.kept).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });

  it('says what is wrong, how to mend it, and ends with 1; for a program as JSON', async () => {
    await writeFile(join(folder, 'file'), '');
    const text = await run(['doctor'], { NESTER: 'http://127.0.0.1:1' });
    const json = await run(['doctor', '--json'], { NESTER: 'http://127.0.0.1:1', HARVESTER_STATE_DIR: join(folder, 'file', 'state') });

    expect(text.code).toBe(1);
    expect(text.stdout).toMatch(/^not ok {2}reach http:\/\/127\.0\.0\.1:1\/ .*ECONNREFUSED.*; mend it: curl -v/);
    expect(json.code).toBe(1);
    const findings = JSON.parse(json.stdout) as { what: string; ok: boolean; mend?: string }[];
    expect(findings.filter(({ ok }) => !ok).map(({ what, mend }) => [what.split(' ')[0], typeof mend])).toEqual([
      ['reach', 'string'],
      ['state', 'string'],
    ]);
  });

  it('may be asked while an agent runs', async () => {
    begin(['agent']);
    await expect.poll(() => nester.kept.length, PATIENT).toBeGreaterThan(0);

    expect((await run(['doctor'])).code).toBe(0);
  });
});

describe('harvester pause', () => {
  it('is told by the next run of once, until it is resumed or over', async () => {
    expect((await run(['pause', '2h'])).code).toBe(2);
    await run(['once']);
    const paused = await run(['pause', '2h', 'swapping the UPS'], { NESTER: '' });
    await run(['once']);
    const resumed = await run(['resume'], { NESTER: '' });
    await run(['once']);

    expect(paused).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^Paused until .*Z: swapping the UPS\n/) });
    expect(resumed).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('Resumed') });
    const [before, during, after] = reports().map(({ agent }) => agent);
    expect(during?.pausedWhy).toBe('swapping the UPS');
    expect(Date.parse(during?.pausedUntil ?? '') - Date.now()).toBeGreaterThan(7_000_000);
    for (const agent of [before, after]) expect(agent).not.toHaveProperty('pausedUntil');
  });

  it('is told by an agent at once, and so is its end', async () => {
    begin(['agent', '--interval', '600']);
    await expect.poll(() => nester.kept.length, PATIENT).toBe(1);

    await run(['pause', '1h']);
    await expect.poll(() => nester.kept.length, PATIENT).toBe(2);
    await run(['resume']);
    await expect.poll(() => nester.kept.length, PATIENT).toBe(3);

    expect(reports().map(({ agent }) => agent?.pausedUntil === undefined)).toEqual([true, false, true]);
  });
});

describe('harvester agent', () => {
  it('reports at once, measures when asked, and ends with 0 when told to', async () => {
    const agent = begin(['agent', '--interval', '600'], { HARVESTER_SCAN: '127.0.0.1/32' });
    await expect.poll(() => nester.kept.length, PATIENT).toBe(1);
    for (const socket of nester.agents) socket.send('{"type":"measure"}');
    await expect.poll(() => nester.kept.length, PATIENT).toBe(2);

    const began = performance.now();
    agent.child.kill('SIGTERM');
    const { code, stdout } = await agent.ended;

    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(reports()).toMatchObject([
      { interval: 600, agent: { mode: 'agent' } },
      { interval: 600, agent: { mode: 'agent' } },
    ]);
  });

  it('logs lines of JSON to a file or a pipe', async () => {
    const agent = begin(['agent']);
    await expect.poll(() => agent.stderr(), PATIENT).toContain('reporting as');
    agent.child.kill('SIGINT');
    const { stderr } = await agent.ended;

    const lines = stderr.trim().split('\n').map((line) => JSON.parse(line) as { level: number; msg: string });
    expect(lines.at(-1)).toMatchObject({ level: 30, msg: 'stopped' });
  });

  it('ends within five seconds while a ping hangs and Nester does not answer', async () => {
    await writeFile(join(folder, 'ping'), '#!/bin/sh\ntrap "" TERM INT\nsleep 600\nsleep 600\n');
    await chmod(join(folder, 'ping'), 0o755);
    nester.onFrame = () => undefined;
    const agent = begin(['agent'], { PATH: `${folder}:${process.env['PATH'] ?? ''}` });
    await expect.poll(() => nester.agents.size, PATIENT).toBe(1);

    const began = performance.now();
    agent.child.kill('SIGTERM');

    expect((await agent.ended).code).toBe(0);
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it('keeps what was measured while it was killed again and again and Nester was away', async () => {
    const gone = { NESTER: 'http://127.0.0.1:1', HARVESTER_INTERVAL: '1' };
    const waiting = async (): Promise<number> => {
      const spool = await readFileOrNothing(join(folder, 'state', 'outbox.spool'));
      return spool.split('\n').filter((line) => line.slice(9, 11) === 'K ').length;
    };
    let kept = 0;
    for (let kill = 0; kill < 3; kill++) {
      const agent = begin(['agent'], gone);
      await expect.poll(waiting, PATIENT).toBeGreaterThan(kept);
      agent.child.kill('SIGKILL');
      await agent.ended;
      kept = await waiting();
    }

    const last = begin(['agent'], { HARVESTER_INTERVAL: '600' });
    await expect.poll(() => nester.kept.length, PATIENT).toBe(kept + 1);
    last.child.kill('SIGTERM');

    expect((await last.ended).code).toBe(0);
    const times = reports().map(({ timestamp }) => timestamp);
    expect(new Set(times).size).toBe(kept + 1);
  });

  it('refuses a folder that another agent uses', async () => {
    begin(['agent']);
    await expect.poll(() => nester.kept.length, PATIENT).toBeGreaterThan(0);

    const second = await run(['agent']);

    expect(second.code).toBe(2);
    expect(second.stderr).toContain('HARVESTER_STATE_DIR');
  });
});

describe('harvester', () => {
  it('lists every problem of its configuration and ends with 2', async () => {
    const ended = await run(['sometimes', '--pings', 'x', '--nope']);

    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('--pings');
    expect(ended.stderr).toContain('--nope');
    expect(ended.stdout).toBe('');
  });

  it('gives help, version and the result of a check on stdout, and ends with 0', async () => {
    const [help, version, check] = await Promise.all([run(['--help']), run(['--version']), run(['--check'])]);

    expect(help).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('once    measure, report, end') });
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+/);
    expect(check).toEqual({ code: 0, stdout: 'The configuration is valid.\n', stderr: '' });
  });
});

function readFileOrNothing(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
