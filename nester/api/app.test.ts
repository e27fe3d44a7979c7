import { WebSocket } from 'ws';
import { describe, expect, it } from 'vitest';
import { refusedUpgrade } from '../../test/support/agent-client.ts';
import { startMemoryNester } from '../../test/support/memory-nester.ts';
import { exchangeRaw, postReport } from '../../test/support/requests.ts';
import type { Page } from './page.ts';

const PAGE: Page = new Map([
  ['/', { type: 'text/html; charset=utf-8', immutable: false, body: Buffer.from('<!doctype html>'), br: Buffer.from('brotli'), gz: Buffer.from('gzip') }],
  ['/main-ABC.js', { type: 'text/javascript; charset=utf-8', immutable: true, body: Buffer.from('void 0'), gz: Buffer.from('gz') }],
]);

/** The answer's body as it crossed the wire: `fetch` would decompress it. */
async function rawBody(port: number, path: string, acceptEncoding: string): Promise<{ head: string; body: string }> {
  const answer = await exchangeRaw(port, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept-Encoding: ${acceptEncoding}\r\n\r\n`);
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  return { head, body };
}

describe('the page', () => {
  it.each([
    ['br, gzip', 'br', 'brotli'],
    ['gzip, deflate', 'gzip', 'gzip'],
    ['*', 'br', 'brotli'],
    ['br;q=0, gzip;q=0.5', 'gzip', 'gzip'],
    ['identity', undefined, '<!doctype html>'],
    ['', undefined, '<!doctype html>'],
  ])('comes compressed as asked: %s', async (accept, encoding, expected) => {
    const { port } = await startMemoryNester({ page: PAGE });

    const { head, body } = await rawBody(port, '/', accept);

    expect(body).toBe(expected);
    expect(/^Content-Encoding: (.*)$/m.exec(head)?.[1]?.trim()).toBe(encoding);
    expect(head).toContain('Vary: Accept-Encoding');
  });

  it('may be kept for ever where its name carries a hash, and is asked for again where not', async () => {
    const { url } = await startMemoryNester({ page: PAGE });

    const index = await fetch(url, { headers: { 'accept-encoding': 'identity' } });
    const script = await fetch(`${url}/main-ABC.js`, { headers: { 'accept-encoding': 'identity' } });

    expect(index.headers.get('cache-control')).toBe('no-cache');
    expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
  });

  it('answers 304 to whoever has it, in this encoding', async () => {
    const { url } = await startMemoryNester({ page: PAGE });
    const ask = (encoding: string, etag = ''): Promise<Response> => fetch(url, { headers: { 'accept-encoding': encoding, 'if-none-match': etag } });
    const plain = (await ask('identity')).headers.get('etag') ?? '';

    expect((await ask('identity', plain)).status).toBe(304);
    expect((await ask('identity', '"other"')).status).toBe(200);
  });

  it('runs nothing but its own scripts and styles', async () => {
    const { url } = await startMemoryNester({ page: PAGE });

    const response = await fetch(url, { headers: { 'accept-encoding': 'identity' } });
    const policy = response.headers.get('content-security-policy') ?? '';

    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('cross-origin-resource-policy')).toBe('same-origin');
    expect(response.headers.get('permissions-policy')).toContain('camera=()');
  });

  it('answers HEAD with the length and no body', async () => {
    const { url } = await startMemoryNester({ page: PAGE });

    const response = await fetch(url, { method: 'HEAD', headers: { 'accept-encoding': 'identity' } });

    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe('15');
  });
});

describe('the rest of the addresses', () => {
  it.each(['/nothing', '/api', '/api/', '/api/report/', '/API/nodes', '/api/nodes/a/b', '/../etc/passwd', '/main-ABC.js/'])('answers 404 to %s', async (path) => {
    const { port } = await startMemoryNester({ page: PAGE });

    const answer = await exchangeRaw(port, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);

    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
    expect(answer).toContain('application/problem+json');
  });

  it.each([
    ['/api/reports', 'PUT', 'GET, HEAD, POST'],
    ['/api/nodes', 'POST', 'GET, HEAD'],
    ['/api/nodes/a', 'PATCH', 'GET, HEAD, DELETE'],
    ['/healthz', 'POST', 'GET, HEAD'],
    ['/readyz', 'DELETE', 'GET, HEAD'],
    ['/', 'POST', 'GET, HEAD'],
    ['/main-ABC.js', 'PUT', 'GET, HEAD'],
  ])('answers 405 at %s to %s, and says what may be done', async (path, method, allow) => {
    const { url } = await startMemoryNester({ page: PAGE });

    const response = await fetch(url + path, { method });

    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allow);
    expect(await response.json()).toMatchObject({ status: 405 });
  });

  it.each(['/%E0%A4%A', '/%', '/api/nodes/%FF'])('answers 400 to %s', async (path) => {
    const { port } = await startMemoryNester();

    const answer = await exchangeRaw(port, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);

    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).not.toMatch(/at .*\.[tj]s/);
  });

  it.each(['/ws', '/ws/agent'])('answers 426 at %s to whoever does not ask for a WebSocket', async (path) => {
    const { url } = await startMemoryNester();

    const response = await fetch(url + path);

    expect(response.status).toBe(426);
    expect(response.headers.get('upgrade')).toBe('websocket');
  });

  it.each(['/', '/nothing', '/api/nodes', '/api/reports', '/healthz', '/api/report'])('says nothing of what it runs on, at %s', async (path) => {
    const { url } = await startMemoryNester();

    const response = await fetch(url + path);

    expect(response.headers.has('x-powered-by')).toBe(false);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    expect(response.headers.has('content-security-policy')).toBe(true);
  });

  it('answers 500 without a word of the cause when our own code fails', async () => {
    const { url, errors } = await startMemoryNester({
      around: () => ({
        select: () => {
          throw new Error('inner secret');
        },
      }),
    });

    const response = await fetch(`${url}/api/reports`);

    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret');
    expect(errors).toHaveLength(1);
  });
});

describe('health', () => {
  it('is alive and ready', async () => {
    const { url } = await startMemoryNester();

    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ status: 'ready' });
  });

  it('is alive but not ready while nothing can be written', async () => {
    const { url } = await startMemoryNester({ around: () => ({ writable: () => false }) });

    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const response = await fetch(`${url}/readyz`);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ status: 'not ready', reasons: [expect.stringContaining('written')] });
  });
});

describe('/ws', () => {
  function open(url: string, headers: Record<string, string> = {}): { frames: unknown[]; until: (count: number) => Promise<void>; socket: WebSocket } {
    const socket = new WebSocket(url.replace(/^http/, 'ws'), { headers });
    const frames: unknown[] = [];
    let wake = (): void => undefined;
    socket.on('message', (data: Buffer) => {
      frames.push(JSON.parse(data.toString()));
      wake();
    });
    const untilCount = async (count: number): Promise<void> => {
      while (frames.length < count) await new Promise<void>((resolve) => (wake = resolve));
    };
    return { frames, until: untilCount, socket };
  }

  it('shows a viewer the fleet, then each report, without its hosts', async () => {
    const { url } = await startMemoryNester();
    await postReport(url, { node: 'a' });
    const viewer = open(`${url}/ws`);
    await viewer.until(1);

    await postReport(url, { node: 'a', devices: 1, hosts: [{ ip: '10.0.0.1' }] });
    await viewer.until(2);

    expect(viewer.frames[0]).toMatchObject({ type: 'snapshot', protocol: 1, cursor: 'memory-1', nodes: [{ node: 'a' }] });
    expect(viewer.frames[1]).toMatchObject({ type: 'reports', cursor: 'memory-2', reports: [{ node: 'a', devices: 1, receivedAt: expect.any(Number) }] });
    expect(JSON.stringify(viewer.frames[1])).not.toContain('hosts');
    viewer.socket.terminate();
  });

  it('sends a report before what follows from it', async () => {
    const { url } = await startMemoryNester();
    const viewer = open(`${url}/ws`);
    await viewer.until(1);

    await postReport(url, { node: 'new' });
    await viewer.until(3);

    expect(viewer.frames.slice(1)).toMatchObject([{ type: 'reports' }, { type: 'nodes', nodes: [{ node: 'new', status: 'online' }] }]);
    viewer.socket.terminate();
  });

  it('sends only what was missed to a viewer that says where it left off', async () => {
    const { url } = await startMemoryNester();
    await postReport(url, { node: 'a' });
    await postReport(url, { node: 'a' });

    const viewer = open(`${url}/ws?cursor=memory-1`);
    await viewer.until(2);

    // What followed from the first report may have been missed, too: it says nothing of it where the viewer left off.
    expect(viewer.frames.slice(0, 2)).toMatchObject([{ type: 'nodes', nodes: [{ node: 'a' }] }, { type: 'reports', cursor: 'memory-2' }]);
    viewer.socket.terminate();
  });

  it('tells viewers of a node that is gone', async () => {
    const { url } = await startMemoryNester();
    await postReport(url, { node: 'a' });
    const viewer = open(`${url}/ws`);
    await viewer.until(1);

    await fetch(`${url}/api/nodes/a`, { method: 'DELETE' });
    await viewer.until(2);

    expect(viewer.frames[1]).toEqual({ type: 'removed', nodes: ['a'] });
    viewer.socket.terminate();
  });

  it('answers 403 to the page of another host, and 404 at any other path', async () => {
    const { url } = await startMemoryNester();

    expect((await refusedUpgrade(`${url}/ws`, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await refusedUpgrade(`${url}/ws/`)).status).toBe(404);
    expect((await refusedUpgrade(`${url}/api/report`)).status).toBe(404);
  });

  it('says goodbye with 1001 when Nester stops', async () => {
    const { url, stop } = await startMemoryNester();
    const viewer = open(`${url}/ws`);
    await viewer.until(1);
    const closed = new Promise<number>((resolve) => viewer.socket.once('close', resolve));

    await stop();

    expect(await closed).toBe(1001);
  });
});
