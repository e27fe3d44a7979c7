import type { LookupFunction } from 'node:net';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import type { ChildResult, RunChild } from '../collect/child.ts';
import { createExchange } from '../deliver/exchange.ts';
import { type FakeNester, startFakeNester } from '../deliver/fake-nester.ts';
import { formatFindings } from './finding.ts';
import { checkFolder } from './folder-check.ts';
import { checkNester } from './nester-check.ts';
import { checkNmap, checkPing } from './program-check.ts';

let nester: FakeNester;
let folder: string;
beforeEach(async () => {
  [nester, folder] = [await startFakeNester(), await mkdtemp(join(tmpdir(), 'doctor-'))];
});
afterEach(async () => {
  await nester.close();
  await rm(folder, { recursive: true });
});

const lookup: LookupFunction = (_host, _options, callback) => callback(null, '127.0.0.1', 4);
const check = (base = nester.base, now = Date.now) => {
  const { exchange } = createExchange({ clock: systemClock, lookup, keepAlive: false });
  return checkNester(base, { exchange, key: 'secret', version: '1.2.3', platform: 'linux', now });
};
const answering = (answer: (response: ServerResponse) => void): void => {
  nester.onRequest = (_request, response) => (answer(response), true);
};
const EMPTY = '{"accepted":0,"duplicates":0,"rejected":[]}';

describe('the check of a Nester', () => {
  it('finds all well, and has sent no report', async () => {
    answering((response) => response.writeHead(200, { 'nester-version': '1.2.3' }).end(EMPTY));

    const findings = await check();

    expect(findings.map(({ what, ok }) => [what, ok])).toEqual([[`reach ${nester.base}`, true], ['key', true], ['clock', true], ['version', true]]);
    expect(nester.requests).toEqual([{ method: 'POST', url: '/api/reports', key: 'secret', body: '[]' }]);
  });

  it('says that nobody is there', async () => {
    expect(await check('http://127.0.0.1:1/')).toEqual([
      { what: 'reach http://127.0.0.1:1/', ok: false, said: expect.stringContaining('ECONNREFUSED'), mend: 'curl -v http://127.0.0.1:1/healthz' },
    ]);
  });

  it.each([
    ['a login page', 200, {}, '<html>Welcome to the hotel</html>', "not a Nester's"],
    ['a redirect', 302, { location: 'https://elsewhere.example/' }, '', 'https://elsewhere.example/'],
    ['another server', 404, {}, 'no', 'no Nester at this address'],
    ['a Nester that cannot write', 503, { 'content-type': 'application/problem+json' }, '{"detail":"disk full"}', 'disk full'],
  ])('says that it is %s', async (_what, status, headers, body, said) => {
    answering((response) => response.writeHead(status, headers as Record<string, string>).end(body));

    expect(await check()).toEqual([expect.objectContaining({ ok: false, said: expect.stringContaining(said) })]);
  });

  it('says that the key is refused, and what to set', async () => {
    answering((response) => response.writeHead(401).end());

    const findings = await check();

    expect(findings.map(({ what, ok }) => [what, ok])).toEqual([[`reach ${nester.base}`, true], ['key', false]]);
    expect(formatFindings(findings)).toContain('NESTER_API_KEY');
    expect(formatFindings(findings)).not.toContain('secret');
  });

  it.each([
    [0, true, 'about a second'],
    [10_000, true, '10 s ahead'],
    [-20_000, true, '20 s behind'],
    [90_000, false, '90 s ahead'],
    [-3_600_000, false, '3600 s behind'],
  ])('tells of a clock that is %d ms off', async (offMs, ok, said) => {
    const date = new Date().toUTCString();
    answering((response) => response.writeHead(200, { date }).end(EMPTY));

    const clock = (await check(nester.base, () => Date.parse(date) + 500 + offMs)).find(({ what }) => what === 'clock');

    expect(clock).toMatchObject({ ok, said: expect.stringContaining(said) });
    expect(clock?.mend).toBe(ok ? undefined : 'sudo timedatectl set-ntp true');
  });

  it.each([
    [undefined, true, 'is unknown'],
    ['1.2.3', true, "as the Nester's"],
    ['1.3.0', false, '1.3.0'],
  ])('tells of a Nester of version %s', async (version, ok, said) => {
    answering((response) => response.writeHead(200, version === undefined ? {} : { 'nester-version': version }).end(EMPTY));

    expect((await check()).find(({ what }) => what === 'version')).toMatchObject({ ok, said: expect.stringContaining(said) });
  });
});

describe('the check of the programs', () => {
  const PINGED = '64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.031 ms\n\n1 packets transmitted, 1 received, 0% packet loss, time 0ms\n';
  const running = (result: Partial<Omit<ChildResult, 'stdout'>> & { stdout?: string }, runs: string[][] = []): RunChild => {
    return (command, args) => {
      runs.push([command, ...args]);
      return Promise.resolve({ outcome: 'exited', code: 0, stderr: '', ...result, stdout: Buffer.from(result.stdout ?? '') });
    };
  };

  it.each([
    ['answers', { stdout: PINGED }, true, '0.031 ms'],
    ['is missing', { outcome: 'missing' as const }, false, 'apt-get install -y iputils-ping'],
    ['is forbidden', { code: 2, stderr: 'ping: socket: Operation not permitted' }, false, 'Operation not permitted; mend it: sudo setcap'],
    ['prints garbage', { stdout: '\u001b[2Jhello' }, false, 'hello'],
  ])('tells of a ping that %s', async (_what, result, ok, text) => {
    const finding = await checkPing({ run: running(result), platform: 'linux' });

    expect(finding.ok).toBe(ok);
    expect(formatFindings([finding])).toContain(text);
    // eslint-disable-next-line no-control-regex -- that there is none is what is tested
    expect(formatFindings([finding])).not.toMatch(/\u001b/);
  });

  it.each([
    ['is there', { stdout: '<?xml version="1.0"?><nmaprun scanner="nmap" version="7.94" xmloutputversion="1.05"></nmaprun>' }, true, '7.94'],
    ['is missing', { outcome: 'missing' as const }, false, 'apt-get install -y nmap'],
    ['fails', { code: 1, stderr: 'QUITTING!' }, false, 'QUITTING!'],
  ])('tells of an nmap that %s', async (_what, result, ok, text) => {
    const finding = await checkNmap({ run: running(result), platform: 'linux' }, true);

    expect(finding.ok).toBe(ok);
    expect(formatFindings([finding])).toContain(text);
  });

  it('asks for no nmap where nothing is to be scanned', async () => {
    const runs: string[][] = [];

    expect(await checkNmap({ run: running({ outcome: 'missing' }, runs), platform: 'linux' }, false)).toMatchObject({ ok: true });
    expect(runs).toEqual([]);
  });
});

describe('the check of the state folder', () => {
  it('writes there and leaves nothing, not even a folder that was not there', async () => {
    expect(await checkFolder(folder, '1')).toMatchObject({ ok: true });
    expect(await checkFolder(join(folder, 'a', 'b'), '1')).toMatchObject({ ok: true });

    expect(await readdir(folder)).toEqual([]);
  });

  it('says that it cannot be written', async () => {
    await writeFile(join(folder, 'file'), '');

    expect(await checkFolder(join(folder, 'file', 'state'), '1')).toMatchObject({ ok: false, said: expect.stringContaining('ENOTDIR'), mend: expect.stringContaining('HARVESTER_STATE_DIR') });
  });
});
