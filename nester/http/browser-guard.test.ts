import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { startMemoryNester } from '../../test/support/memory-nester.ts';
import { exchangeRaw } from '../../test/support/requests.ts';

const REPORT = '{"node":"a"}';

/** One request as bytes, because `fetch` lets nobody choose `Host`. Resolves to status and body. */
async function ask(port: number, line: string, headers: Record<string, string>, body = ''): Promise<{ status: number; text: string }> {
  const head = Object.entries({ Connection: 'close', ...headers, ...(body === '' ? {} : { 'Content-Type': 'application/json', 'Content-Length': String(body.length) }) });
  const text = await exchangeRaw(port, `${line} HTTP/1.1\r\n${head.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`);
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]), text };
}

/** What a browser sends to open a WebSocket. The key is that of RFC 6455. */
const UPGRADE = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==' };

describe('a page whose name was made to lead here', () => {
  const evil = { Host: 'evil.example:5000' };
  const evilPage = { ...evil, Origin: 'http://evil.example:5000' };

  it.each(['/', '/api/nodes', '/api/reports', '/api/reports?format=csv', '/api/hosts?q=a', '/ws', '/nothing'])('reads nothing at %s', async (path) => {
    const { port } = await startMemoryNester();

    const answer = await ask(port, `GET ${path}`, evil);

    expect(answer.status).toBe(421);
    expect(answer.text).toContain('application/problem+json');
    expect(answer.text).toContain('NESTER_ALLOWED_HOSTS=evil.example');
  });

  it.each(['/ws', '/ws/agent'])('opens no socket at %s', async (path) => {
    const { port } = await startMemoryNester();

    expect((await ask(port, `GET ${path}`, { ...UPGRADE, ...evilPage })).status).toBe(421);
  });

  it('changes nothing', async () => {
    const { port, store } = await startMemoryNester();

    const answers = [
      await ask(port, 'POST /api/report', evilPage, REPORT),
      await ask(port, 'POST /api/reports', evilPage, `[${REPORT}]`),
      await ask(port, 'DELETE /api/nodes/a', evilPage),
      await ask(port, 'POST /api/nodes/a/measure', evilPage),
      await ask(port, 'POST /api/report', { ...evil, 'Sec-Fetch-Site': 'same-origin' }, REPORT),
    ];

    expect(answers.map(({ status }) => status)).toEqual([421, 421, 421, 421, 421]);
    expect(store.count()).toBe(0);
  });

  it('may use a name that the operator allowed, alone or as an origin', async () => {
    const { port } = await startMemoryNester({ config: { allowedHosts: ['status.example'], allowedOrigins: ['https://wall.example'] } });

    const statuses = await Promise.all(['status.example', 'wall.example', 'evil.example'].map(async (host) => (await ask(port, 'GET /api/nodes', { Host: host })).status));

    expect(statuses).toEqual([200, 200, 421]);
  });
});

describe('a page of someone else', () => {
  it.each(['https://evil.example', 'null'])('changes nothing from %s', async (origin) => {
    const { port, store } = await startMemoryNester();
    const headers = { Host: `127.0.0.1:${port}`, Origin: origin };

    const answers = [
      await ask(port, 'POST /api/report', headers, REPORT),
      await ask(port, 'POST /api/reports', headers, `[${REPORT}]`),
      await ask(port, 'DELETE /api/nodes/a', headers),
      await ask(port, 'POST /api/nodes/a/measure', headers),
      await ask(port, 'GET /ws', { ...UPGRADE, ...headers }),
      await ask(port, 'GET /ws/agent', { ...UPGRADE, ...headers }),
    ];

    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403, 403]);
    expect(store.count()).toBe(0);
  });

  it('is not told by any header that it may read', async () => {
    const { port } = await startMemoryNester({ config: { allowedOrigins: ['https://wall.example'] } });

    for (const line of ['GET /api/nodes', 'OPTIONS /api/report', 'OPTIONS /api/nodes', 'GET /']) {
      const { text } = await ask(port, line, { Host: '127.0.0.1', Origin: 'https://evil.example', 'Access-Control-Request-Method': 'POST' });
      expect(text.toLowerCase()).not.toContain('access-control-');
    }
  });
});

describe('a program', () => {
  it('reports under any name, and is told that this Nester lives', async () => {
    const { port, store } = await startMemoryNester();
    const headers = { Host: 'nester.example.org:5000' };

    const answers = [
      await ask(port, 'POST /api/report', headers, REPORT),
      await ask(port, 'POST /api/reports', headers, `[${REPORT}]`),
      await ask(port, 'GET /healthz', headers),
      await ask(port, 'GET /readyz', headers),
    ];

    expect(answers.map(({ status }) => status)).toEqual([201, 200, 200, 200]);
    expect(store.count()).toBe(2);
  });
});

describe('headers against other pages', () => {
  it('forbid to load, frame or run anything, and allow nothing unsafe', async () => {
    const { port } = await startMemoryNester();

    const { text } = await ask(port, 'GET /api/nodes', { Host: '127.0.0.1' });

    expect(text).toMatch(/Cross-Origin-Resource-Policy: same-origin\r\n/);
    expect(text).toMatch(/Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n/);
    expect(text).toMatch(/X-Content-Type-Options: nosniff\r\n/);
    expect(text.toLowerCase()).not.toMatch(/x-powered-by|unsafe-/);
    expect(await readFile(new URL('security-headers.ts', import.meta.url), 'utf8')).not.toContain('unsafe-');
  });
});
