import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createAuthority } from './support/certificates.ts';
import { dist, makeFolder, type RunningNester, runProgram, startNester } from './support/program.ts';
import { postReport, postReports, until } from './support/requests.ts';

/** `dist/nester.js` as a process: settings, output, signals, exit codes. */

const VARIABLES = ['HOST', 'PORT', 'DATA_DIR', 'API_KEY', 'RETENTION', 'MAX_REPORTS', 'RATE_LIMIT', 'ALLOWED_ORIGINS', 'TRUST_PROXY', 'LOG_LEVEL'];

/** The log lines: every line of the error output is a JSON object. */
function logOf(nester: RunningNester): { level: number; msg: string }[] {
  return nester
    .stderr()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { level: number; msg: string });
}

describe('nester --help', () => {
  it('explains every variable, its flag and its fallback, even where the settings are bad', async () => {
    const { code, stdout, stderr } = await runProgram('nester.js', ['--help'], { env: { NESTER_PORT: 'x' } });

    expect([code, stderr]).toEqual([0, '']);
    for (const name of VARIABLES) {
      expect(stdout).toContain(`NESTER_${name} `);
      expect(stdout).toContain(`--${name.toLowerCase().replace('_', '-')} `);
    }
    for (const fallback of ['0.0.0.0', '5000', '7d', '2000000', '20000']) expect(stdout).toContain(`(default ${fallback})`);
  });
});

describe('nester with bad settings', () => {
  it('names all of them in one message and ends with 2, before it touches anything', async () => {
    const folder = makeFolder();
    const env = { NESTER_DATA_DIR: join(folder, 'new'), NESTER_PORT: '70000', NESTER_RETENTION: 'long', NESTER_API_KEY: 'hidden\u0007', NESTER_TRUST_PROXY: 'x' };

    const { code, stdout, stderr } = await runProgram('nester.js', ['--max-reports', '0', '--colour'], { env });

    expect([code, stdout]).toEqual([2, '']);
    for (const name of ['NESTER_PORT', 'NESTER_RETENTION', 'NESTER_API_KEY', 'NESTER_TRUST_PROXY', '--max-reports', '--colour']) expect(stderr).toContain(name);
    expect(stderr).not.toContain('hidden');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('knows no other commands', async () => {
    const { code, stderr } = await runProgram('nester.js', ['restart']);

    expect(code).toBe(2);
    expect(stderr).toContain('restart: no such command');
  });
});

describe('nester --check', () => {
  it('says ok and ends with 0, and leaves nothing behind', async () => {
    const folder = makeFolder();

    const result = await runProgram('nester.js', ['--check', '--data-dir', folder, '--host', '127.0.0.1']);

    expect(result).toMatchObject({ code: 0, stdout: 'ok\n', stderr: '' });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('names what is insecure and how to mend it, and so does one warning at the start', async () => {
    const folder = makeFolder();
    const loose = join(folder, 'data.json');
    writeFileSync(loose, '[]', { mode: 0o644 });
    chmodSync(loose, 0o644);
    chmodSync(folder, 0o777);
    const key = createAuthority(makeFolder()).issue('nester');
    chmodSync(key.key, 0o644);
    const check = async (env: Record<string, string>, ...args: string[]): Promise<string> => {
      const result = await runProgram('nester.js', ['--check', ...args], { env });
      expect(result).toMatchObject({ code: 0, stdout: 'ok\n' });
      return result.stderr;
    };
    const password = { NESTER_PASSWORD: 'correct horse' };
    const tls = { NESTER_TLS_CERT: key.cert, NESTER_TLS_KEY: key.key };

    expect(await check({})).toMatch(/^insecure: NESTER_HOST: 0\.0\.0\.0 is reached by other machines.* NESTER_API_KEY and NESTER_PASSWORD_HASH/m);
    expect(await check({ NESTER_API_KEY: 'k' })).toBe('');
    expect(await check(password)).toMatch(/^insecure: NESTER_PASSWORD: it goes over plain HTTP.* NESTER_TLS_CERT/m);
    expect(await check({ ...password, NESTER_TRUST_PROXY: 'loopback' })).toBe('');
    expect(await check({ ...password, NESTER_HOST: '127.0.0.1' })).toBe('');
    expect(await check({ ...password, ...tls })).toBe(`insecure: NESTER_TLS_KEY: others on this machine may read ${key.key}: chmod go= ${key.key}\n`);
    expect(await check({ NESTER_HOST: '127.0.0.1', NESTER_ALLOWED_HOSTS: '*' })).toContain('NESTER_ALLOWED_HOSTS: *');
    const flag = await check({}, '--api-key', 'planted-secret');
    expect(flag).toContain('--api-key: everybody on this machine sees');
    expect(flag).not.toContain('planted-secret');
    const files = await check({ NESTER_HOST: '127.0.0.1', NESTER_DATA_DIR: folder });
    expect(files).toContain(`chmod o-w ${folder}`);
    expect(files).toContain(`chmod go= ${loose}`);

    const nester = await startNester({ env: { NESTER_HOST: '0.0.0.0' }, dataDir: folder });
    await nester.stop();
    const warnings = logOf(nester).filter(({ level, msg }) => level === 40 && /insecure/.test(msg));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.msg).toMatch(/NESTER_HOST.*chmod/);
  });

  it('says what is wrong with the settings or the folder, and ends with 2', async () => {
    const settings = await runProgram('nester.js', ['--check'], { env: { NESTER_PORT: 'x' } });
    const folder = await runProgram('nester.js', ['--check'], { env: { NESTER_DATA_DIR: '/proc/nester' } });

    expect(settings).toMatchObject({ code: 2, stderr: expect.stringContaining('NESTER_PORT') });
    expect(folder).toMatchObject({ code: 2, stderr: expect.stringContaining('/proc/nester') });
  });
});

describe('nester that starts', () => {
  it('prints where it listens on the standard output, and nothing else', async () => {
    const nester = await startNester({ args: ['--log-level', 'debug'] });
    await postReport(nester.url, { node: 'a' });
    await nester.stop();

    expect(nester.stdout()).toBe(`Nester listening on http://127.0.0.1:${nester.port}\n`);
    expect(logOf(nester).map(({ msg }) => msg)).toContain('listening');
  });

  it('prints the host as it was told, an IPv6 address in brackets', async () => {
    const v6 = await startNester({ env: { NESTER_HOST: '::1' } });
    const all = await startNester({ env: { NESTER_HOST: '' } });
    await postReport(v6.url, { node: 'a' });

    expect(v6.stdout()).toBe(`Nester listening on http://[::1]:${v6.port}\n`);
    expect(all.stdout()).toBe(`Nester listening on http://0.0.0.0:${all.port}\n`);
    expect((await fetch(`${v6.url}/readyz`)).status).toBe(200);
    await v6.stop();
    await all.stop();
  });

  it('writes readable lines at a terminal', async () => {
    const folder = makeFolder();
    // `exec`: some shells stay in between, get the Ctrl-C too, and end with 130 whatever Nester does.
    const child = spawn('script', ['-qec', `exec "${process.execPath}" "${join(dist, 'nester.js')}" --port 0 --host 127.0.0.1 --data-dir "${folder}"`, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let shown = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (shown += text));
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('close', resolve);
      child.once('error', () => reject(new Error('script could not be run. Install it with: apt-get install bsdutils')));
    });

    await Promise.race([until('it listens', () => shown.includes('INFO') && shown.includes('reports')), ended]);
    // What Ctrl-C types.
    child.stdin.write('\u0003');

    expect(await ended).toBe(0);
    expect(shown).not.toContain('"level"');
    expect(shown).toContain('stopped');
  });

  it('says in one line that the port is taken, and ends with 1', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;

    const { code, stdout, stderr } = await runProgram('nester.js', ['--host', '127.0.0.1', '--port', String(port), '--data-dir', makeFolder()]);
    other.close();

    expect([code, stdout]).toEqual([1, '']);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(stderr)).toMatchObject({ level: 60, msg: expect.stringMatching(/EADDRINUSE/) });
  });

  it('says that the address is not of this machine, and ends with 1', async () => {
    const { code, stderr } = await runProgram('nester.js', ['--host', '203.0.113.1', '--port', '0', '--data-dir', makeFolder()]);

    expect(code).toBe(1);
    // Before it, what is insecure about an address that others reach.
    expect(JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({ level: 60, msg: expect.stringMatching(/EADDRNOTAVAIL/) });
  });

  it('refuses a folder that another Nester has, and says which', async () => {
    const first = await startNester();

    const { code, stderr } = await runProgram('nester.js', ['--host', '127.0.0.1', '--port', '0', '--data-dir', first.dataDir]);
    await postReport(first.url, { node: 'still' });
    await first.stop();

    expect(code).toBe(1);
    expect(stderr).toContain(`process ${first.process.pid}`);
  });

  it('refuses a folder that is a file', async () => {
    const file = join(makeFolder(), 'file');
    writeFileSync(file, '');

    const { code, stderr } = await runProgram('nester.js', ['--host', '127.0.0.1', '--port', '0', '--data-dir', file]);

    expect(code).toBe(1);
    expect(JSON.parse(stderr)).toMatchObject({ level: 60, msg: expect.stringContaining(file) });
  });

  it('takes flags before variables', async () => {
    const nester = await startNester({ env: { NESTER_API_KEY: 'variable' }, args: ['--api-key', 'flag'] });

    const answers = [await postReport(nester.url, { node: 'a' }, { 'x-api-key': 'variable' }), await postReport(nester.url, { node: 'a' }, { 'x-api-key': 'flag' })];
    await nester.stop();

    expect(answers.map(({ status }) => status)).toEqual([401, 201]);
  });

  it('keeps as many reports as it was told', async () => {
    const nester = await startNester({ env: { NESTER_MAX_REPORTS: '10' } });

    await postReports(nester.url, Array.from({ length: 50 }, (_, n) => ({ node: 'a', timestamp: 1_700_000_000_000 + n, latency: n })));
    const kept = async (): Promise<number[]> =>
      (await (await fetch(`${nester.url}/api/reports`)).json()).map(({ latency }: { latency: number }) => latency);
    await until('the oldest are gone', async () => (await kept()).length <= 10);

    expect(await kept()).toEqual([40, 41, 42, 43, 44, 45, 46, 47, 48, 49]);
    await nester.stop();
  });

  it('keeps reports as long as it was told, and of each node the newest', async () => {
    const folder = makeFolder();
    const first = await startNester({ dataDir: folder });
    await postReports(first.url, [1, 2, 3].map((n) => ({ node: 'a', timestamp: Date.now() - 1000 * n })));
    await first.stop();

    const second = await startNester({ dataDir: folder, env: { NESTER_RETENTION: '1s' } });
    await until('the old ones are gone', async () => (await (await fetch(`${second.url}/api/reports`)).json()).length === 1);
    await second.stop();
  });

  it('believes X-Forwarded-For only of the proxies it was told', async () => {
    const send = async (nester: RunningNester, address: string): Promise<number> =>
      (await postReport(nester.url, { node: 'a' }, { 'x-forwarded-for': address })).status;
    const rate = { NESTER_RATE_LIMIT: '1' };
    const trusting = await startNester({ env: { ...rate, NESTER_TRUST_PROXY: 'loopback' } });
    const wary = await startNester({ env: rate });

    const trusted = [await send(trusting, '203.0.113.1'), await send(trusting, '203.0.113.2')];
    const claimed = [await send(wary, '203.0.113.1'), await send(wary, '203.0.113.2')];
    await trusting.stop();
    await wary.stop();

    expect(trusted).toEqual([201, 201]);
    expect(claimed).toEqual([201, 429]);
  });
});

describe.each(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
  it('ends it with 0 within 5 s under load, and every report it answered is there afterwards', async () => {
    const nester = await startNester();
    const answered = new Set<string>();
    let stopped = false;
    const senders = Array.from({ length: 16 }, async (_, sender) => {
      for (let n = 0; !stopped; n++) {
        const node = `${sender}-${n}`;
        const status = await postReport(nester.url, { node }).then(
          (response) => response.status,
          () => 0,
        );
        if (status === 201) answered.add(node);
      }
    });
    await until('many are answered', () => answered.size > 200);

    const startMs = performance.now();
    nester.process.kill(signal);
    const code = await new Promise<number | null>((resolve) => nester.process.once('close', resolve));
    const tookMs = performance.now() - startMs;
    stopped = true;
    await Promise.all(senders);

    expect(code).toBe(0);
    expect(tookMs).toBeLessThan(5_000);
    const lines = JSON.parse(readFileSync(join(nester.dataDir, 'data.json'), 'utf8')) as { node: string }[];
    expect(new Set(lines.map(({ node }) => node))).toEqual(answered);
    expect(logOf(nester).at(-1)).toMatchObject({ msg: 'stopped' });
  });

  it('ends it within 5 s while a client holds a request open, another reads nothing, and one waits', async () => {
    const nester = await startNester();
    for (let batch = 0; batch < 20; batch++) {
      await postReports(nester.url, Array.from({ length: 1000 }, (_, n) => ({ node: `n${n}`, timestamp: 1_700_000_000_000 + batch, labels: { padding: 'x'.repeat(100) } })));
    }
    const { connect } = await import('node:net');
    const half = connect(nester.port, '127.0.0.1').on('error', () => undefined);
    half.write('POST /api/report HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{');
    const deaf = connect(nester.port, '127.0.0.1').on('error', () => undefined);
    deaf.pause();
    deaf.write('GET /api/reports HTTP/1.1\r\nHost: x\r\n\r\n');
    const cursor = (await fetch(`${nester.url}/api/reports?limit=1`)).headers.get('nester-cursor') ?? '';
    const waiting = fetch(`${nester.url}/api/reports?after=${cursor}&wait=55`);
    await fetch(`${nester.url}/healthz`);

    const startMs = performance.now();
    nester.process.kill(signal);
    const code = await new Promise<number | null>((resolve) => nester.process.once('close', resolve));

    expect(code).toBe(0);
    expect(performance.now() - startMs).toBeLessThan(5_000);
    expect(await (await waiting).json()).toEqual([]);
    half.destroy();
    deaf.destroy();
  });

  it('given twice at once, as by a terminal and a parent, still ends it with all flushed', async () => {
    const nester = await startNester();
    await postReport(nester.url, { node: 'a' });

    nester.process.kill(signal);
    nester.process.kill('SIGTERM');
    const code = await new Promise<number | null>((resolve) => nester.process.once('close', resolve));

    expect(code).toBe(0);
    expect(logOf(nester).at(-1)).toMatchObject({ msg: 'stopped' });
  });
});

describe('nester reset', () => {
  it('sets aside what is there, so that the next start finds nothing', async () => {
    const first = await startNester();
    await postReport(first.url, { node: 'old' });
    const whileRunning = await runProgram('nester.js', ['reset', '--data-dir', first.dataDir]);
    await first.stop();

    const reset = await runProgram('nester.js', ['reset', '--data-dir', first.dataDir]);
    const second = await startNester({ dataDir: first.dataDir });
    const reports = await (await fetch(`${second.url}/api/reports`)).json();
    await second.stop();

    expect(whileRunning).toMatchObject({ code: 1, stderr: expect.stringContaining(`process ${first.process.pid}`) });
    expect(reset).toMatchObject({ code: 0, stderr: '' });
    expect(reports).toEqual([]);
    const aside = readdirSync(first.dataDir).find((name) => name.startsWith('data.json.before-reset'));
    expect(readFileSync(join(first.dataDir, aside ?? ''), 'utf8')).toContain('"old"');
  });

  it('has nothing to do in an empty folder', async () => {
    const folder = join(makeFolder(), 'empty');
    mkdirSync(folder);

    expect(await runProgram('nester.js', ['reset', '--data-dir', folder])).toMatchObject({ code: 0, stderr: '' });
    expect(readdirSync(folder)).toEqual([]);
  });
});
