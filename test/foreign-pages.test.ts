import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusedUpgrade } from './support/agent-client.ts';
import { type RunningNester, startNester } from './support/program.ts';
import { exchangeRaw, postReport } from './support/requests.ts';

/** Pages of other people in a visitor's browser, and headers that anyone can write. */

let nester: RunningNester;
let named: RunningNester;
let slow: RunningNester;
let behindProxy: RunningNester;
beforeAll(async () => {
  [nester, named, slow, behindProxy] = await Promise.all([
    startNester(),
    startNester({ env: { NESTER_ALLOWED_HOSTS: 'status.example.org', NESTER_ALLOWED_ORIGINS: 'https://board.example.org' } }),
    startNester({ env: { NESTER_RATE_LIMIT: '1' } }),
    startNester({ env: { NESTER_TRUST_PROXY: 'loopback', NESTER_RATE_LIMIT: '1' } }),
  ]);
  await postReport(nester.url, { node: 'a' });
});
afterAll(() => Promise.all([nester, named, slow, behindProxy].map((one) => one.kill())));

const ask = async (port: number, host: string, path = '/api/nodes', more = ''): Promise<string> =>
  exchangeRaw(port, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${more}\r\n`);
const statusOf = (answer: string): string => answer.slice(9, 12);

describe('a page of somebody else', () => {
  const FOREIGN = { origin: 'https://evil.example' };

  it.each(['https://evil.example', 'null', 'http://127.0.0.1:1', 'http://127.0.0.1.evil.example'])('changes nothing and opens no socket: %s', async (origin) => {
    const { url } = nester;

    const answers = [
      await postReport(url, { node: 'planted' }, { origin }),
      await fetch(`${url}/api/reports`, { method: 'POST', headers: { origin, 'content-type': 'application/json' }, body: '[{"node":"planted"}]' }),
      await fetch(`${url}/api/nodes/a`, { method: 'DELETE', headers: { origin } }),
      await fetch(`${url}/api/nodes/a/measure`, { method: 'POST', headers: { origin } }),
      await refusedUpgrade(`${url}/ws`, { origin }),
      await refusedUpgrade(`${url}/ws/agent`, { origin }),
    ];

    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403, 403]);
    const nodes = (await (await fetch(`${url}/api/nodes`)).json()) as { node: string }[];
    expect(nodes.map(({ node }) => node)).toEqual(['a']);
  });

  it('is told by no header that it may read, also when it asks first', async () => {
    const read = await fetch(`${nester.url}/api/nodes`, { headers: FOREIGN });
    const preflight = await fetch(`${nester.url}/api/report`, { method: 'OPTIONS', headers: { ...FOREIGN, 'access-control-request-method': 'POST' } });

    for (const { headers } of [read, preflight]) {
      expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    }
  });

  it('that the operator named may', async () => {
    const response = await postReport(named.url, { node: 'b' }, { origin: 'https://board.example.org' });

    expect(response.status).toBe(201);
  });
});

describe('a name that leads here', () => {
  it.each(['127.0.0.1:5000', '[::1]:5000', 'localhost', 'nester', 'nester.local', 'nester.lan:5000', 'nester.home.arpa', 'x.internal'])('is good when nobody far away can own it: %s', async (host) => {
    expect(statusOf(await ask(nester.port, host))).toBe('200');
  });

  it.each(['evil.example', 'localhost.evil.example', '127.0.0.1.nip.example', 'nester.local.evil.example', 'evil.example:5000'])('is refused when anyone may own it, and what to set is said: %s', async (host) => {
    const name = host.split(':')[0] ?? '';
    const upgrade = await refusedUpgrade(`${nester.url}/ws`, { host, origin: `http://${host}` });

    for (const path of ['/', '/api/nodes', '/api/reports']) {
      const answer = await ask(nester.port, host, path);
      expect([path, statusOf(answer)]).toEqual([path, '421']);
      expect(answer).toContain(`NESTER_ALLOWED_HOSTS=${name}`);
    }
    expect(upgrade.status).toBe(421);
  });

  it('is good when the operator named it, and only for reports otherwise', async () => {
    const body = '{"node":"c"}';
    const report = await exchangeRaw(nester.port, `POST /api/report HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`);

    expect(statusOf(await ask(named.port, 'status.example.org'))).toBe('200');
    expect(statusOf(await ask(named.port, 'other.example.org'))).toBe('421');
    expect(statusOf(report)).toBe('201');
  });
});

describe('a page of Nester', () => {
  it.each(['/', '/nodes/a'])('%s runs and loads nothing but its own, without any "unsafe"', async (path) => {
    const { headers } = await fetch(`${nester.url}${path}`);
    const policy = headers.get('content-security-policy') ?? '';

    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(policy).not.toMatch(/https?:/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('x-powered-by')).toBeNull();
  });
});

describe('X-Forwarded-For', () => {
  it('is believed from a proxy that was named, and from nobody else', async () => {
    const batch = (url: string, from: string) =>
      fetch(`${url}/api/reports`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': from },
        // More than may come in the next minutes.
        body: JSON.stringify(Array.from({ length: 1_000 }, () => ({ node: 'd' }))),
      });
    const post = async (url: string, from: string) => (await postReport(url, { node: 'd' }, { 'x-forwarded-for': from })).status;

    for (const { url } of [slow, behindProxy]) expect((await batch(url, '192.0.2.1')).status).toBe(200);

    expect([await post(slow.url, '192.0.2.1'), await post(slow.url, '192.0.2.2')]).toEqual([429, 429]);
    expect([await post(behindProxy.url, '192.0.2.1'), await post(behindProxy.url, '192.0.2.2')]).toEqual([429, 201]);
  });
});
