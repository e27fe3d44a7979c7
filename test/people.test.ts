import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectAgent, refusedUpgrade } from './support/agent-client.ts';
import { createAuthority } from './support/certificates.ts';
import { makeFolder, type RunningNester, runProgram, startNester } from './support/program.ts';
import { exchangeRaw, postReport, until } from './support/requests.ts';
import { WebSocket } from 'ws';

/** People, from outside: passwords, roles, the key for reading, and that nothing is open beside them. */

const ADMIN = 'correct horse battery';
const VIEWER = 'only for looking';
const READ_KEY = 'read-key-of-a-poller';
const API_KEY = 'shared-key-of-sites';

const started: RunningNester[] = [];
async function startWith(env: Record<string, string>, dataDir?: string): Promise<RunningNester> {
  const nester = await startNester({ env, ...(dataDir === undefined ? {} : { dataDir }) });
  started.push(nester);
  return nester;
}
afterAll(() => Promise.all(started.map((nester) => nester.kill())));

/** Logs in with JSON, and resolves to the cookie. */
async function login(url: string, password: string): Promise<string> {
  const response = await tryLogin(url, password);
  expect(response.status).toBe(200);
  return cookieOf(response);
}

function tryLogin(url: string, password: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}/login`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ password }) });
}

function submit(url: string, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}/login`, { method: 'POST', redirect: 'manual', headers, body: new URLSearchParams(fields) });
}

const setCookieOf = (response: Response): string => response.headers.getSetCookie()[0] ?? '';
const cookieOf = (response: Response): string => setCookieOf(response).split(';')[0] ?? '';

function socketWith(url: string, headers: Record<string, string>): Promise<{ socket: WebSocket; closed: Promise<number> }> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, { headers });
  socket.on('error', () => undefined);
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve({ socket, closed }));
    void closed.then(() => reject(new Error('the socket was not opened')));
  });
}

describe('with a password', () => {
  let nester: RunningNester;
  let url: string;
  let admin: string;
  let viewer: string;

  beforeAll(async () => {
    nester = await startWith({
      NESTER_PASSWORD: ADMIN,
      NESTER_VIEWER_PASSWORD: VIEWER,
      NESTER_READ_KEY: READ_KEY,
      NESTER_API_KEY: API_KEY,
    });
    ({ url } = nester);
    await postReport(url, { node: 'a' }, { 'x-api-key': API_KEY });
    admin = await login(url, ADMIN);
    viewer = await login(url, VIEWER);
  });

  /** Everything that Nester serves, and what it takes to get it. */
  const DOORS: [method: string, path: string, readers: boolean][] = [
    ['GET', '/', true],
    ['GET', '/nodes/a', true],
    ['GET', '/api/reports', true],
    ['GET', '/api/nodes', true],
    ['GET', '/api/nodes?at=1795334400000', true],
    ['GET', '/api/nodes/a', true],
    ['GET', '/api/nodes/a/history?metric=latency', true],
    ['GET', '/api/nodes/a/series', true],
    ['GET', '/api/nodes/a/availability', true],
    ['GET', '/api/nodes/a/events', true],
    ['GET', '/api/nodes/a/hosts', true],
    ['GET', '/api/hosts?q=printer', true],
    ['GET', '/api/sparklines?node=a', true],
    ['GET', '/api/session', true],
    ['GET', '/api/keys', false],
    ['POST', '/api/keys', false],
    ['DELETE', '/api/keys/nobody', false],
    ['DELETE', '/api/nodes/nobody', false],
    ['POST', '/api/nodes/a/measure', false],
    ['POST', '/api/report', false],
    ['POST', '/api/reports', false],
  ];

  it.each(DOORS)('%s %s is shut to strangers, also with wrong keys and cookies, in headers or in the address', async (method, path) => {
    const [name = ''] = admin.split('=');
    const wrong: Record<string, string>[] = [
      {},
      { 'x-api-key': 'wrong' },
      { authorization: `Bearer ${READ_KEY.slice(1)}` },
      { authorization: `Basic ${Buffer.from(`admin:${ADMIN}`).toString('base64')}` },
      { cookie: `${name}=${'A'.repeat(43)}` },
      { cookie: `${name}=` },
      { cookie: admin.replace('=', 'x=') },
    ];

    for (const headers of wrong) {
      const response = await fetch(`${url}${path}`, { method, headers: { 'content-type': 'application/json', ...headers }, ...(method === 'POST' ? { body: '{"node":"x"}' } : {}) });
      expect([response.status, headers]).toEqual([401, headers]);
      expect(await response.text()).not.toContain('"latency"');
    }
    const inAddress = await fetch(`${url}${path}${path.includes('?') ? '&' : '?'}key=${READ_KEY}&api_key=${API_KEY}&token=${admin.split('=')[1] ?? ''}`, { method });
    expect(inAddress.status).toBe(401);
  });

  it('knows every way in: what is registered is in the list above, or is open on purpose', async () => {
    const { stderr } = await runProgram('nester.js', ['--help']);
    expect(stderr).toBe('');
    const open = ['/healthz', '/readyz', '/login'];

    for (const path of open) expect((await fetch(`${url}${path}`)).status).toBe(200);
    // Whatever else is asked for, asset or not, is not even said to be there or not.
    for (const path of ['/main.js', '/page.css', '/favicon.svg', '/data.json', '/keys.json', '/sessions.json', '/api', '/api/unknown', '/..%2fdata.json']) {
      expect([path, (await fetch(`${url}${path}`)).status]).toEqual([path, 401]);
    }
  });

  it('lets people see after they logged in, programs with the key for reading, and neither write', async () => {
    for (const headers of [{ cookie: admin }, { cookie: viewer }, { 'x-api-key': READ_KEY }, { authorization: `Bearer ${READ_KEY}` }]) {
      for (const [method, path] of DOORS.filter(([, , readers]) => readers)) {
        const response = await fetch(`${url}${path}`, { method, headers });
        expect([path, response.status]).toEqual([path, 200]);
      }
      expect((await postReport(url, { node: 'b' }, headers)).status).toBe(403);
      (await socketWith(url, headers)).socket.terminate();
      expect((await refusedUpgrade(`${url}/ws/agent`, headers)).status).toBe(403);
    }
    expect((await refusedUpgrade(`${url}/ws`)).status).toBe(401);
    expect((await refusedUpgrade(`${url}/ws`, { 'x-api-key': API_KEY })).status).toBe(403);
    expect((await fetch(`${url}/api/nodes`, { headers: { 'x-api-key': API_KEY } })).status).toBe(403);
  });

  it('lets viewers change nothing, and admins forget nodes and manage keys', async () => {
    const ask = (method: string, path: string, cookie: string, body?: unknown): Promise<Response> =>
      fetch(`${url}${path}`, { method, headers: { cookie, 'content-type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    await postReport(url, { node: 'to go' }, { 'x-api-key': API_KEY });

    const byViewer = [
      await ask('DELETE', '/api/nodes/to%20go', viewer),
      await ask('POST', '/api/nodes/to%20go/measure', viewer),
      await ask('GET', '/api/keys', viewer),
      await ask('POST', '/api/keys', viewer, { name: 'lyon' }),
      await ask('DELETE', '/api/keys/lyon', viewer),
    ];
    const made = await ask('POST', '/api/keys', admin, { name: 'lyon', nodes: ['lyon-*'] });
    const { key } = (await made.json()) as { key: string };
    const again = await ask('POST', '/api/keys', admin, { name: 'lyon' });
    const invalid = await ask('POST', '/api/keys', admin, { name: '', nodes: 3 });
    const listed = await (await ask('GET', '/api/keys', admin)).text();
    const reported = await postReport(url, { node: 'lyon-1' }, { 'x-api-key': key });
    const revoked = await ask('DELETE', '/api/keys/lyon', admin);
    const reportedLate = await postReport(url, { node: 'lyon-1' }, { 'x-api-key': key });

    expect(byViewer.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
    expect([made.status, again.status, invalid.status, reported.status, revoked.status, reportedLate.status]).toEqual([201, 409, 400, 201, 204, 401]);
    expect(JSON.parse(listed)).toEqual([{ name: 'lyon', nodes: ['lyon-*'], created: expect.any(String) }]);
    expect(listed).not.toContain(key.slice(4));
    expect((await ask('DELETE', '/api/nodes/to%20go', admin)).status).toBe(204);
    // The key that all sites share is not an admin's.
    expect((await fetch(`${url}/api/keys`, { headers: { 'x-api-key': API_KEY } })).status).toBe(403);
  });

  it('gives a cookie that no script reads and no other site sends, and says so over TLS', async () => {
    const plain = setCookieOf(await tryLogin(url, VIEWER));
    const { cert, key } = createAuthority(makeFolder()).issue('nester');
    const secure = await startWith({ NESTER_TLS_CERT: cert, NESTER_TLS_KEY: key, NESTER_PASSWORD: ADMIN });
    const proxied = await startWith({ NESTER_TRUST_PROXY: 'loopback', NESTER_PASSWORD: ADMIN });
    const { request } = await import('node:https');
    const overTls = await new Promise<string>((resolve, reject) => {
      request(`${secure.url}/login`, { method: 'POST', rejectUnauthorized: false, headers: { 'content-type': 'application/json' } }, (response) => {
        response.resume();
        resolve(response.headers['set-cookie']?.[0] ?? '');
      })
        .on('error', reject)
        .end(JSON.stringify({ password: ADMIN }));
    });
    const overProxy = setCookieOf(await tryLogin(proxied.url, ADMIN, { 'x-forwarded-proto': 'https' }));

    expect(plain).toMatch(/^nester-[\da-f]{8}=[\w-]{43}; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Strict$/);
    for (const cookie of [overTls, overProxy]) expect(cookie).toMatch(/; HttpOnly; SameSite=Strict; Secure$/);
  });

  it('leads from a form back to where somebody wanted to go, and nowhere else', async () => {
    const html = await (await fetch(`${url}/nodes/a?range=1h`, { headers: { 'accept-language': 'fr-CA, en;q=0.5' } })).text();
    const led = await submit(url, { password: VIEWER, to: '/nodes/a?range=1h' });
    const astray = [
      'https://evil.example/', '//evil.example', '/\\evil.example', '/nodes/../../x', '/api/keys', 'javascript:alert(1)', '/nodes/a\r\nSet-Cookie: x=y',
    ];

    expect(html).toContain('<html lang="fr">');
    expect(html).toContain('value="/nodes/a?range=1h"');
    expect(html).toContain('action="../login"');
    expect([led.status, led.headers.get('location')]).toEqual([303, './nodes/a?range=1h']);
    for (const to of astray) expect([to, (await submit(url, { password: VIEWER, to })).headers.get('location')]).toEqual([to, './']);
    const injected = await (await submit(url, { password: 'wrong', to: '/?q="><script>alert(1)</script>' })).text();
    expect(injected).not.toContain('<script>');
  });

  it('takes no login from a page of somebody else', async () => {
    const response = await submit(url, { password: ADMIN }, { origin: 'https://evil.example' });

    expect(response.status).toBe(403);
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  it('ends what was opened with a login when somebody logs out', async () => {
    const cookie = await login(url, VIEWER);
    const { closed } = await socketWith(url, { cookie });

    const response = await fetch(`${url}/logout`, { method: 'POST', headers: { cookie }, redirect: 'manual' });

    expect(setCookieOf(response)).toMatch(/^nester-[\da-f]{8}=; Path=\/; Max-Age=0;/);
    expect(await closed).toBe(4401);
    expect((await fetch(`${url}/api/nodes`, { headers: { cookie } })).status).toBe(401);
    expect((await fetch(`${url}/api/nodes`, { headers: { cookie: admin } })).status).toBe(200);
  });

  it('is reached under any name: a page from elsewhere has no login to use', async () => {
    const answer = await exchangeRaw(nester.port, `GET /api/session HTTP/1.1\r\nHost: rebound.example\r\nConnection: close\r\nCookie: ${viewer}\r\n\r\n`);

    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe('a login', () => {
  it('survives a restart, is kept hashed in a file of the owner alone, and ends when its password changes', async () => {
    const dataDir = makeFolder();
    const env = { NESTER_PASSWORD: ADMIN, NESTER_VIEWER_PASSWORD: VIEWER };
    const first = await startWith(env, dataDir);
    const cookies = { admin: await login(first.url, ADMIN), viewer: await login(first.url, VIEWER) };
    await first.kill();
    const file = join(dataDir, 'sessions.json');
    const status = async ({ url }: RunningNester, cookie: string): Promise<number> => (await fetch(`${url}/api/nodes`, { headers: { cookie } })).status;

    const second = await startWith(env, dataDir);
    const after = [await status(second, cookies.admin), await status(second, cookies.viewer)];
    await second.stop();
    const third = await startWith({ ...env, NESTER_VIEWER_PASSWORD: 'another one' }, dataDir);
    const afterChange = [await status(third, cookies.admin), await status(third, cookies.viewer)];
    const kept = readFileSync(file, 'utf8');

    expect(after).toEqual([200, 200]);
    expect(afterChange).toEqual([200, 401]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    for (const secret of [ADMIN, VIEWER, cookies.admin.split('=')[1] ?? '']) expect(kept).not.toContain(secret);
  });

  it('ends by itself, open sockets too', async () => {
    const { url } = await startWith({ NESTER_PASSWORD: ADMIN, NESTER_SESSION_TIME: '2s' });
    const cookie = await login(url, ADMIN);
    const { closed } = await socketWith(url, { cookie });

    expect(await closed).toBe(4401);
    expect((await fetch(`${url}/api/nodes`, { headers: { cookie } })).status).toBe(401);
  });

  it('is slowed down for whoever guesses, and not for others who are known', async () => {
    const { url } = await startWith({ NESTER_PASSWORD: ADMIN, NESTER_TRUST_PROXY: 'loopback' });
    const from = (address: string): Record<string, string> => ({ 'x-forwarded-for': address });

    // The first wait is a second. Should this machine need longer for the questions, they are asked for another address.
    for (let tries = 1; ; tries++) {
      const here = from(`192.0.2.${tries}`);
      const guesses = [await tryLogin(url, 'guess number 1', here), await tryLogin(url, 'guess number 2', here)];
      const guessedMs = performance.now();
      const [again, right, other, form] = [
        await tryLogin(url, 'guess number 3', here),
        await tryLogin(url, ADMIN, here),
        await tryLogin(url, ADMIN, from('192.0.2.99')),
        await submit(url, { password: ADMIN }, here),
      ];
      if (performance.now() - guessedMs > 900 && tries < 10) continue;

      expect([...guesses, again].map(({ status }) => status)).toEqual([401, 401, 429]);
      expect(right.status).toBe(429);
      expect(right.headers.get('retry-after')).toMatch(/^\d+$/);
      expect(other.status).toBe(200);
      expect(form.status).toBe(429);
      expect(await form.text()).toContain('Too many tries');
      return;
    }
  });

  it('that is flooded leaves Nester with time for everything else', async () => {
    const { url } = await startWith({ NESTER_PASSWORD: ADMIN, NESTER_TRUST_PROXY: 'loopback' });

    const flood = Array.from({ length: 100 }, (_, at) => tryLogin(url, `guess ${at}`, { 'x-forwarded-for': `198.51.100.${at}` }));
    const report = await postReport(url, { node: 'a' });
    const statuses = (await Promise.all(flood)).map(({ status }) => status);

    expect(report.status).toBe(201);
    // Thirty may fail together; that many do not even get their turn.
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(75);
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
  });
});

describe('nester password', () => {
  it('makes a hash that people log in with', async () => {
    const { spawn } = await import('node:child_process');
    const { dist } = await import('./support/program.ts');
    const child = spawn(process.execPath, [join(dist, 'nester.js'), 'password'], { stdio: ['pipe', 'pipe', 'inherit'] });
    let hash = '';
    child.stdout.on('data', (chunk: Buffer) => (hash += chunk.toString()));
    child.stdin.end(`${ADMIN}\n`);
    await new Promise((resolve) => child.once('close', resolve));
    const { url } = await startWith({ NESTER_PASSWORD_HASH: hash.trim() });

    expect(hash).toMatch(/^scrypt:32768:8:3:[\w-]+:[\w-]+\n$/);
    expect((await tryLogin(url, ADMIN)).status).toBe(200);
    expect((await tryLogin(url, `${ADMIN}!`)).status).toBe(401);
  });
});

describe('settings that do not go together', () => {
  it.each([
    [{ NESTER_READ_KEY: 'k' }, 'NESTER_READ_KEY: is of no use without'],
    [{ NESTER_VIEWER_PASSWORD: VIEWER }, 'NESTER_VIEWER_PASSWORD: is of no use without'],
    [{ NESTER_PASSWORD: 'short' }, 'NESTER_PASSWORD: expected at least 8 characters'],
    [{ NESTER_PASSWORD_HASH: 'plain text' }, 'NESTER_PASSWORD_HASH: expected a line that `nester password` made'],
    [{ NESTER_PASSWORD: ADMIN, NESTER_VIEWER_PASSWORD: ADMIN }, 'NESTER_VIEWER_PASSWORD: is the same'],
    [{ NESTER_PASSWORD: ADMIN, NESTER_READ_KEY: 'k', NESTER_API_KEY: 'k' }, 'NESTER_READ_KEY: is the same'],
  ])('stop the start: %j', async (env, problem) => {
    const { code, stderr } = await runProgram('nester.js', ['--check'], { env });

    expect(code).toBe(2);
    expect(stderr).toContain(problem);
  });
});

describe('without a password', () => {
  it('there is nothing to log in to, and everybody may read', async () => {
    const { url } = await startWith({});

    expect((await fetch(`${url}/login`)).status).toBe(404);
    expect((await fetch(`${url}/api/keys`)).status).toBe(404);
    expect(await (await fetch(`${url}/api/session`)).json()).toEqual({ role: 'anyone', login: false, reportsNeedKey: false });
    const agent = await connectAgent(url);
    expect(await agent.next()).toMatchObject({ type: 'welcome' });
    agent.socket.terminate();
    await until('the page is there', async () => (await fetch(url)).status === 200);
  });
});
