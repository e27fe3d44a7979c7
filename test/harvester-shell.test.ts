import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { StoredReport } from '../protocol/report.ts';
import { root } from '../deploy/prepare.mjs';
import { createAuthority } from './support/certificates.ts';
import { makeFolder, type RunningNester, startNester } from './support/program.ts';
import { until } from './support/requests.ts';

/** The Harvester in plain shell, by the shells and the clients that it may meet. */

const SCRIPT = join(root, 'deploy/shell/harvester.sh');
const KEY = 'key with "quotes" and \\';
const TOOLS = ['awk', 'sed', 'tr', 'ping', 'ip', 'df', 'date', 'hostname', 'uname', 'id', 'cat', 'grep', 'head', 'tail', 'mkdir', 'mv', 'rm', 'cut', 'sleep'];

const pathOf = (tool: string): string => execFileSync('sh', ['-c', `PATH="$PATH:/usr/sbin:/sbin"; command -v ${tool}`], { encoding: 'utf8' }).trim();

/** A folder with nothing but these programs. */
function programs(links: Record<string, string>): string {
  const folder = makeFolder('programs');
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(folder, name));
  return folder;
}

const busybox = pathOf('busybox');
const applets = (): Record<string, string> =>
  Object.fromEntries(execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n').map((name) => [name, busybox]));
const ofSystem = (client: string): Record<string, string> => Object.fromEntries([...TOOLS, client].map((tool) => [tool, pathOf(tool)]));

interface Surroundings {
  shell: string[];
  path: string;
}
/** Every pair of a shell and a client, and one with nothing but BusyBox. */
const SURROUNDINGS: [string, () => Surroundings][] = [
  ['dash, curl', () => ({ shell: [pathOf('dash')], path: programs(ofSystem('curl')) })],
  ['dash, wget', () => ({ shell: [pathOf('dash')], path: programs(ofSystem('wget')) })],
  ['BusyBox ash, curl', () => ({ shell: [busybox, 'sh'], path: programs(ofSystem('curl')) })],
  ['BusyBox alone', () => ({ shell: [busybox, 'sh'], path: programs(applets()) })],
];
const usual = (): Surroundings => ({ shell: [pathOf('dash')], path: programs(ofSystem('curl')) });

let nester: RunningNester;
beforeAll(async () => {
  nester = await startNester({ env: { NESTER_API_KEY: KEY } });
});
afterAll(() => nester.kill());

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

function run({ shell, path }: Surroundings, env: Record<string, string>, args: readonly string[] = [], script = SCRIPT): Promise<Ended> & { pid: number | undefined } {
  const [command = '', ...rest] = [...shell, script, ...args];
  const child = spawn(command, rest, {
    env: { PATH: path, NESTER: nester.url, NESTER_API_KEY: KEY, HARVESTER_PINGS: '2', HARVESTER_TARGET: '127.0.0.1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended: Ended = { code: null, stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (ended.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (ended.stderr += text));
  const done = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ ...ended, code }));
  });
  return Object.assign(done, { pid: child.pid });
}

async function reportsOf(node: string): Promise<StoredReport[]> {
  return (await (await fetch(`${nester.url}/api/reports?node=${encodeURIComponent(node)}`)).json()) as StoredReport[];
}

const kept = (state: string): string[] => {
  const file = join(state, 'shell-outbox.ndjson');
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
};

/** A Nester that is none. */
async function impostor(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

const DEAD = 'http://127.0.0.1:9';

describe.each(SURROUNDINGS)('harvester.sh with %s', (name, surroundings) => {
  const node = `shell: ${name} "é" \\`;

  it('delivers what it measured, silently, and keeps nothing', async () => {
    const state = makeFolder('state');

    const ended = await run(surroundings(), { HARVESTER_NODE: node, HARVESTER_STATE_DIR: state, HARVESTER_LABELS: 'city=Ly"on,group=a\\b' });
    const [report] = await reportsOf(node);

    expect(ended).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(report).toMatchObject({
      node,
      ip: '127.0.0.1',
      loss: 0,
      method: 'icmp',
      interval: 60,
      labels: { city: 'Ly"on', group: 'a\\b' },
      agent: { mode: 'once', kept: 0, dropped: 0 },
    });
    expect(report?.latency).toBeGreaterThan(0);
    expect(report?.jitter).toBeGreaterThanOrEqual(0);
    expect(report?.devices).toBeGreaterThanOrEqual(1);
    for (const metric of ['cpu', 'load1', 'load5', 'load15', 'memory', 'uptime', 'disk']) expect(report?.metrics, metric).toHaveProperty(metric);
    expect(Math.abs(Date.parse(report?.timestamp ?? '') - Date.now())).toBeLessThan(120_000);
    expect(kept(state)).toEqual([]);
  });

  it('keeps what cannot be delivered, whatever the reason, and delivers it in order with its own times', async () => {
    const state = makeFolder('state');
    const one = { HARVESTER_NODE: `${node} later`, HARVESTER_STATE_DIR: state, HARVESTER_PINGS: '1' };
    const around = surroundings();

    const dead = await run(around, { ...one, NESTER: DEAD });
    // The clock of the script has seconds, and two reports of one second would be one.
    await until('the second is over', () => kept(state).every((line) => Date.now() - (JSON.parse(line) as { timestamp: number }).timestamp > 1_000));
    const wrongKey = await run(around, { ...one, NESTER_API_KEY: 'wrong' });
    const lines = kept(state).map((line) => JSON.parse(line) as { timestamp: number });
    await until('the second is over', () => kept(state).every((line) => Date.now() - (JSON.parse(line) as { timestamp: number }).timestamp > 1_000));
    const right = await run(around, one);
    const reports = await reportsOf(`${node} later`);

    expect(dead).toMatchObject({ code: 1, stderr: expect.stringContaining('no answer') });
    expect(wrongKey).toMatchObject({ code: 3, stderr: expect.stringContaining('refuses (status 401)') });
    expect(lines).toHaveLength(2);
    expect(right).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(reports.map(({ timestamp }) => Date.parse(timestamp)).slice(0, 2)).toEqual(lines.map(({ timestamp }) => timestamp));
    expect(reports).toHaveLength(3);
    expect(kept(state)).toEqual([]);
    expect(statSync(join(state, 'shell-outbox.ndjson')).mode & 0o777).toBe(0o600);
  });
});

describe('harvester.sh', () => {
  it('shows what would be sent, sends nothing, and leaves nothing', async () => {
    const state = join(makeFolder(), 'new');

    const { code, stdout, stderr } = await run(usual(), { HARVESTER_NODE: 'shown', HARVESTER_STATE_DIR: state }, ['show']);

    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({ node: 'shown', loss: 0 });
    expect(await reportsOf('shown')).toEqual([]);
    expect(existsSync(state)).toBe(false);
  });

  it('measures a line that loses everything, and says nothing of one that cannot be measured', async () => {
    const silent = programs(ofSystem('curl'));
    const lost = makeFolder('lost');
    const without = Object.fromEntries(Object.entries(ofSystem('curl')).filter(([name]) => name !== 'ping'));
    const deaf = programs({ ...without });
    writeFileSync(join(lost, 'ping'), '#!/bin/sh\necho "PING x (192.0.2.1)"\necho "2 packets transmitted, 0 received, 100% packet loss"\nexit 1\n', { mode: 0o755 });

    const all = await run({ shell: [pathOf('dash')], path: `${lost}:${silent}` }, { HARVESTER_NODE: 'lost', HARVESTER_STATE_DIR: makeFolder() }, ['show']);
    const none = await run({ shell: [pathOf('dash')], path: deaf }, { HARVESTER_NODE: 'none', HARVESTER_STATE_DIR: makeFolder(), HARVESTER_SCAN: 'off' }, ['show']);

    expect(JSON.parse(all.stdout)).toMatchObject({ latency: null, loss: 100, jitter: null, method: 'icmp' });
    expect(JSON.parse(none.stdout)).toMatchObject({ latency: null, loss: null, jitter: null, devices: null });
    expect(JSON.parse(none.stdout)).not.toHaveProperty('method');
  });

  it.each([
    ['a page of a hotel', 200, '<html>Welcome', 1],
    ['a proxy in trouble', 502, '<html>Bad gateway', 1],
    ['a Nester that is full', 503, '{"detail":"later"}', 1],
    ['too many', 429, '{"detail":"wait"}', 1],
    ['another place', 302, '', 1],
    ['a key of another site', 200, '{"accepted":0,"duplicates":0,"rejected":[{"index":0,"status":403,"errors":[]}]}', 3],
  ])('keeps its report for later when it meets %s', async (_who, status, body, code) => {
    const url = await impostor((request, response) => {
      request.resume();
      response.writeHead(status, { Location: `${nester.url}/`, 'Retry-After': '1' }).end(body);
    });
    const state = makeFolder('state');

    const ended = await run(usual(), { NESTER: url, HARVESTER_NODE: 'elsewhere', HARVESTER_STATE_DIR: state });

    expect(ended.code).toBe(code);
    expect(ended.stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(kept(state)).toHaveLength(1);
  });

  it('takes a Nester that answers when another does not', async () => {
    const ended = await run(usual(), { NESTER: `${DEAD},${nester.url}/`, HARVESTER_NODE: 'second', HARVESTER_STATE_DIR: makeFolder() });

    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(await reportsOf('second')).toHaveLength(1);
  });

  it('drops what will never be taken, and goes on with the rest', async () => {
    const state = makeFolder('state');
    const fit = { node: 'mixed', timestamp: Date.now() - 60_000 };
    writeFileSync(join(state, 'shell-outbox.ndjson'), `{"node":"mixed","latency":-1}\nno json\n${JSON.stringify(fit)}\n{"node":"mixed","cut off`);

    const ended = await run(usual(), { HARVESTER_NODE: 'mixed', HARVESTER_STATE_DIR: state });

    expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining('never will') });
    expect(await reportsOf('mixed')).toHaveLength(2);
    expect(kept(state)).toEqual([]);
  });

  it('keeps no more than it may, drops the oldest, and says how many', async () => {
    const state = makeFolder('state');
    writeFileSync(join(state, 'shell-outbox.ndjson'), Array.from({ length: 9 }, (_, at) => `{"node":"bounded","timestamp":${1_790_000_000_000 + at}}\n`).join(''));

    await run(usual(), { NESTER: DEAD, HARVESTER_NODE: 'bounded', HARVESTER_STATE_DIR: state, HARVESTER_KEEP: '4' });
    const left = kept(state).map((line) => (JSON.parse(line) as { timestamp: number }).timestamp);
    const shown = await run(usual(), { HARVESTER_NODE: 'bounded', HARVESTER_STATE_DIR: state }, ['show']);

    expect(left.slice(0, 3)).toEqual([6, 7, 8].map((at) => 1_790_000_000_000 + at));
    expect(left).toHaveLength(4);
    expect(JSON.parse(shown.stdout)).toMatchObject({ agent: { kept: 4, dropped: 6 } });
  });

  it.each(['curl', 'wget'])('shows its key to nobody who looks at the list of processes: %s', async (client) => {
    let seen = '';
    const url = await impostor((request, response) => {
      request.resume();
      seen = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid)).map((pid) => {
        try {
          return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        } catch {
          return '';
        }
      }).join('\n');
      response.writeHead(503).end(`{"key":${request.headers['x-api-key'] === 'planted-key-1' ? 1 : 0}}`);
    });

    const ended = await run({ shell: [pathOf('dash')], path: programs(ofSystem(client)) }, { NESTER: url, NESTER_API_KEY: 'planted-key-1', HARVESTER_NODE: 'a', HARVESTER_STATE_DIR: makeFolder() });

    expect(ended.stderr).toContain('{"key":1}');
    expect(seen).toContain(client);
    expect(seen).not.toContain('planted-key-1');
  });

  it('verifies certificates: by an authority of one\'s own, and not at all where the client cannot', async () => {
    const authority = createAuthority(makeFolder());
    const { cert, key } = authority.issue('nester');
    const secure = await startNester({ env: { NESTER_TLS_CERT: cert, NESTER_TLS_KEY: key } });
    onTestFinished(() => secure.kill());
    const once = (around: Surroundings, env: Record<string, string>) => run(around, { NESTER: secure.url, HARVESTER_NODE: 'secure', HARVESTER_STATE_DIR: makeFolder(), HARVESTER_PINGS: '1', ...env });
    const withWget = { shell: [pathOf('dash')], path: programs(ofSystem('wget')) };

    for (const around of [usual(), withWget]) {
      expect(await once(around, {})).toMatchObject({ code: 1, stderr: expect.stringContaining('no answer') });
      expect(await once(around, { NESTER_CA: authority.cert })).toMatchObject({ code: 0, stderr: '' });
    }
    expect(await once({ shell: [busybox, 'sh'], path: programs(applets()) }, {})).toMatchObject({ code: 2, stderr: expect.stringContaining('does not verify certificates') });
  });

  it('writes through no symlink', async () => {
    const state = makeFolder('state');
    const victim = join(makeFolder(), 'precious');
    writeFileSync(victim, 'precious');
    symlinkSync(victim, join(state, 'shell-outbox.ndjson'));

    const ended = await run(usual(), { HARVESTER_NODE: 'a', HARVESTER_STATE_DIR: state });

    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining('symlink') });
    expect(readFileSync(victim, 'utf8')).toBe('precious');
  });

  it('lets the run before finish, and takes over from one that was killed', async () => {
    const state = makeFolder('state');
    mkdirSync(join(state, 'shell-lock'));
    writeFileSync(join(state, 'shell-lock', 'pid'), String(process.pid));

    const busy = await run(usual(), { HARVESTER_NODE: 'locked', HARVESTER_STATE_DIR: state });
    writeFileSync(join(state, 'shell-lock', 'pid'), '999999999');
    const free = await run(usual(), { HARVESTER_NODE: 'locked', HARVESTER_STATE_DIR: state });

    expect(busy).toMatchObject({ code: 1, stderr: expect.stringContaining('still at work') });
    expect(free).toMatchObject({ code: 0, stderr: '' });
    expect(existsSync(join(state, 'shell-lock'))).toBe(false);
  });

  it.each([
    [{ NESTER: '' }, /NESTER: is not set/],
    [{ NESTER: 'nester.example' }, /NESTER: expected http/],
    [{ NESTER: 'file:///etc/passwd' }, /NESTER: expected http/],
    [{ HARVESTER_PINGS: '0' }, /HARVESTER_PINGS: expected a whole number from 1 to 100/],
    [{ HARVESTER_PINGS: '5; reboot' }, /HARVESTER_PINGS: expected/],
    [{ HARVESTER_INTERVAL: '1e3' }, /HARVESTER_INTERVAL: expected/],
    [{ HARVESTER_TARGET: '-f' }, /HARVESTER_TARGET: expected/],
    [{ HARVESTER_TARGET: '$(reboot)' }, /HARVESTER_TARGET: expected/],
    [{ NESTER_API_KEY: 'a\nb' }, /NESTER_API_KEY: expected no control characters/],
    [{ NESTER_CA: '/nowhere' }, /NESTER_CA: cannot read/],
  ])('ends with 2 for bad settings: %j', async (env, problem) => {
    const { code, stdout, stderr } = await run(usual(), { HARVESTER_STATE_DIR: makeFolder(), ...env });

    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(problem);
  });

  it('does nothing at all when it was cut off, wherever that is', async () => {
    const whole = readFileSync(SCRIPT, 'utf8');
    const folder = makeFolder('cut');
    const log = join(folder, 'ran');
    // Every program there is writes that it ran.
    const stubs = makeFolder('stubs');
    for (const name of [...TOOLS, 'curl', 'wget', 'mktemp', 'sh']) {
      writeFileSync(join(stubs, name), `#!${pathOf('dash')}\necho ${name} >> ${log}\n`);
      chmodSync(join(stubs, name), 0o755);
    }
    const lastLine = whole.lastIndexOf('main "$@"');
    const cuts = [...Array.from({ length: Math.floor(lastLine / 97) }, (_, at) => at * 97), ...Array.from(whole.matchAll(/\n/g), ({ index }) => index + 1).filter((at) => at <= lastLine), lastLine + 3];

    for (let at = 0; at < cuts.length; at += 24) {
      await Promise.all(
        cuts.slice(at, at + 24).map(async (cut) => {
          const script = join(folder, `cut-${cut}.sh`);
          writeFileSync(script, whole.slice(0, cut));
          await run({ shell: [pathOf('dash')], path: stubs }, {}, [], script);
        }),
      );
    }

    expect(cuts.length).toBeGreaterThan(300);
    expect(existsSync(log) ? readFileSync(log, 'utf8') : '').toBe('');
  });
});
