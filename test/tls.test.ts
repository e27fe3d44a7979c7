import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { WebSocket } from 'ws';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Authority, type CertificateFiles, createAuthority } from './support/certificates.ts';
import { makeFolder, type RunningNester, runProgram, startAgent, startNester } from './support/program.ts';
import { until } from './support/requests.ts';

let authority: Authority;
let ca: Buffer;
beforeAll(() => {
  authority = createAuthority(makeFolder());
  ca = readFileSync(authority.cert);
});

const settings = ({ cert, key }: CertificateFiles): Record<string, string> => ({ NESTER_TLS_CERT: cert, NESTER_TLS_KEY: key });

async function startSecure(pair: CertificateFiles, options: Parameters<typeof startNester>[0] = {}): Promise<RunningNester> {
  const nester = await startNester({ ...options, env: { ...settings(pair), ...options.env } });
  onTestFinished(() => nester.kill());
  return nester;
}

/** One request over TLS that trusts our authority alone. */
function ask(url: string, options: { method?: string; headers?: Record<string, string>; body?: string } = {}): Promise<{ status: number; headers: Record<string, unknown>; body: string }> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(url, { method: options.method ?? 'GET', headers: options.headers ?? {}, ca, agent: false }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (text: string) => (body += text));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }));
    });
    request.on('error', reject);
    request.end(options.body);
  });
}

/** The serial number of the certificate that a new connection is shown. */
function servedSerial(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({ port, host: '127.0.0.1', ca }, () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

const harvester = (nester: RunningNester, env: Record<string, string> = {}) =>
  runProgram('harvester.js', ['once'], {
    env: { NESTER: nester.url, HARVESTER_NODE: 'probe', HARVESTER_SCAN: 'off', HARVESTER_PINGS: '1', HARVESTER_STATE_DIR: makeFolder(), ...env },
  });

describe('with a certificate, Nester', () => {
  it('serves the page, the API and both sockets over TLS, and nothing without it', async () => {
    const nester = await startSecure(authority.issue('served'));

    const posted = await ask(`${nester.url}/api/report`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"node":"a"}' });
    const page = await ask(`${nester.url}/`);
    const socket = new WebSocket(`${nester.url.replace('https', 'wss')}/ws`, { ca });
    const first = await new Promise<string>((resolve, reject) => {
      socket.on('message', (data: Buffer) => resolve(data.toString()));
      socket.on('error', reject);
    });
    socket.terminate();
    const plain = fetch(`${nester.url.replace('https', 'http')}/healthz`);

    expect(nester.stdout()).toMatch(/^Nester listening on https:\/\/127\.0\.0\.1:\d+\n$/);
    expect(posted.status).toBe(201);
    expect(page.headers).toMatchObject({ 'strict-transport-security': expect.stringContaining('max-age='), 'cross-origin-opener-policy': 'same-origin' });
    expect(JSON.parse(first)).toMatchObject({ type: 'snapshot', nodes: [{ node: 'a' }] });
    await expect(plain).rejects.toThrow();
    expect(await nester.stop()).toBe(0);
  });

  it('speaks no version of TLS before 1.2', async () => {
    const nester = await startSecure(authority.issue('versions'));
    const old = new Promise((resolve, reject) => {
      const socket = connect({ port: nester.port, host: '127.0.0.1', ca, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }, () => resolve('connected'));
      socket.on('error', reject);
    });

    await expect(old).rejects.toMatchObject({ code: expect.stringMatching(/SSL|ECONNRESET/) });
  });

  it.each<[string, (place: CertificateFiles, next: CertificateFiles) => void]>([
    [
      'overwritten',
      (place, next) => {
        copyFileSync(next.key, place.key);
        copyFileSync(next.cert, place.cert);
      },
    ],
    [
      'replaced by a rename',
      (place, next) => {
        renameSync(next.key, place.key);
        renameSync(next.cert, place.cert);
      },
    ],
  ])('takes a new certificate that was %s, and drops no connection', async (_how, replace) => {
    const place = authority.issue('place');
    const nester = await startSecure(place);
    const before = await servedSerial(nester.port);
    const viewer = new WebSocket(`${nester.url.replace('https', 'wss')}/ws`, { ca });
    onTestFinished(() => viewer.terminate());
    const frames: string[] = [];
    viewer.on('message', (data: Buffer) => frames.push(data.toString()));
    await until('a snapshot came', () => frames.length > 0);

    replace(place, authority.issue('next'));
    await until('the new certificate is served', async () => (await servedSerial(nester.port)) !== before, 20_000);
    await ask(`${nester.url}/api/report`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"node":"after"}' });
    await until('the open viewer hears of it', () => frames.some((frame) => frame.includes('after')));

    expect(viewer.readyState).toBe(WebSocket.OPEN);
    expect(nester.stderr()).toContain('A new certificate is in use');
  });

  it('takes a new certificate when a link leads to it, as those of certbot and Kubernetes do', async () => {
    const folder = makeFolder();
    const version = (name: string): void => {
      mkdirSync(join(folder, name));
      const { cert, key } = authority.issue(name);
      renameSync(cert, join(folder, name, 'tls.crt'));
      renameSync(key, join(folder, name, 'tls.key'));
    };
    const leadTo = (name: string): void => {
      symlinkSync(name, join(folder, 'next'));
      renameSync(join(folder, 'next'), join(folder, 'data'));
    };
    version('v1');
    leadTo('v1');
    for (const file of ['tls.crt', 'tls.key']) symlinkSync(join('data', file), join(folder, file));
    const nester = await startSecure({ cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') });
    const before = await servedSerial(nester.port);

    version('v2');
    leadTo('v2');

    await until('the new certificate is served', async () => (await servedSerial(nester.port)) !== before, 20_000);
  });

  it('keeps the certificate it has when the new one is broken, says so, and takes the next good one', async () => {
    const place = authority.issue('kept');
    const nester = await startSecure(place);
    const before = await servedSerial(nester.port);

    writeFileSync(place.cert, 'no certificate');
    await until('it says so', () => nester.stderr().includes('the one from before stays in use'), 20_000);
    const during = await servedSerial(nester.port);
    const next = authority.issue('mended');
    copyFileSync(next.cert, place.cert);
    copyFileSync(next.key, place.key);
    await until('the next one is served', async () => (await servedSerial(nester.port)) !== before, 20_000);

    expect(during).toBe(before);
    expect(nester.stderr()).toMatch(/NESTER_TLS_CERT: \S+kept\.pem holds no certificate/);
  });

  it('does not start with one that is broken, and names variable and file', async () => {
    const { key } = authority.issue('half');
    const cert = join(makeFolder(), 'none.pem');

    const started = await runProgram('nester.js', [], { env: settings({ cert, key }), cwd: makeFolder() });
    const checked = await runProgram('nester.js', ['--check'], { env: settings({ cert: key, key }), cwd: makeFolder() });
    const alone = await runProgram('nester.js', [], { env: { NESTER_TLS_KEY: key }, cwd: makeFolder() });

    expect([started.code, checked.code, alone.code]).toEqual([2, 2, 2]);
    expect(started.stderr).toContain(`NESTER_TLS_CERT: ${cert} cannot be read`);
    expect(checked.stderr).toContain(`NESTER_TLS_CERT: ${key} holds no certificate`);
    expect(alone.stderr).toContain('NESTER_TLS_CERT: is not set');
  });
});

describe('a Harvester', () => {
  it('reports over TLS to a Nester that its own authority vouches for, by POST and by socket', async () => {
    const nester = await startSecure(authority.issue('vouched'));

    const once = await harvester(nester, { NESTER_CA: authority.cert });
    const agent = startAgent({
      env: { NESTER: nester.url, NESTER_CA: authority.cert, HARVESTER_NODE: 'stays', HARVESTER_SCAN: 'off', HARVESTER_PINGS: '1', HARVESTER_STATE_DIR: makeFolder() },
    });
    onTestFinished(() => agent.kill());
    await until('the agent is connected', async () => {
      const { status, body } = await ask(`${nester.url}/api/nodes/stays`);
      return status === 200 && (JSON.parse(body) as { connected: boolean }).connected;
    }, 30_000);

    expect([once.code, once.stderr]).toEqual([0, '']);
  });

  it.each<[string, (nester: Authority) => CertificateFiles, string]>([
    ['nobody it trusts vouches for', () => createAuthority(makeFolder(), 'stranger').issue('impostor'), 'set NESTER_CA'],
    ['is for another name', (own) => own.issue('other', { altNames: 'DNS:nester.example' }), 'for another name'],
  ])('gives no report and no key to a Nester whose certificate %s, whatever the environment says, and tells why', async (_what, issue, reason) => {
    const nester = await startSecure(issue(authority));

    const { code, stderr } = await harvester(nester, { NESTER_CA: authority.cert, NESTER_API_KEY: 'planted-secret', NODE_TLS_REJECT_UNAUTHORIZED: '0' });

    expect(code).toBe(1);
    expect(stderr).toContain(reason);
    expect(stderr).not.toContain('planted-secret');
    expect(readdirSync(nester.dataDir)).not.toContain('data.json');
  });

  it('trusts no authority of its own unless it is told to', async () => {
    const nester = await startSecure(authority.issue('untold'));

    const { code, stderr } = await harvester(nester);

    expect(code).toBe(1);
    expect(stderr).toContain('set NESTER_CA');
  });
});
