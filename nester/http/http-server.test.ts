import { describe, expect, it, onTestFinished } from 'vitest';
import { exchangeRaw } from '../../test/support/requests.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { createHttpServer } from './http-server.ts';
import { refuseUpgrade } from './socket-server.ts';
import { TRUST_NOBODY } from './trust-proxy.ts';

/** A server that answers with what it was sent. */
async function startEcho(): Promise<number> {
  const server = createHttpServer({
    request(request, response) {
      if (request.headers.expect !== undefined) response.writeContinue();
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => response.end(`${request.method} ${request.url} upgrade=${request.headers.upgrade} ${Buffer.concat(chunks).toString()}`));
    },
    upgrade: (_request, connection) => refuseUpgrade(connection, { status: 404, detail: 'Here is no WebSocket.' }),
  }, { limits: DEFAULT_LIMITS, trust: TRUST_NOBODY });
  onTestFinished(() => server.close(100));
  return server.listen('127.0.0.1', 0);
}

describe('the HTTP server', () => {
  it.each([
    ['no HTTP at all', 'hello\r\n\r\n', 400],
    ['a header that smuggles', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n', 400],
    ['a length that is none', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: five\r\n\r\n', 400],
    ['no host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['headers without end', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`, 431],
    ['a TLS greeting', Buffer.from('16030100f8010000f40303', 'hex'), 400],
  ])('answers %s, and goes on', async (_what, bytes, status) => {
    const port = await startEcho();

    const answer = await exchangeRaw(port, bytes);

    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect((await fetch(`http://127.0.0.1:${port}/still`)).status).toBe(200);
  });

  it('serves a request that offers another protocol as the ordinary one it is, body and all', async () => {
    const port = await startEcho();
    const request = [
      'POST /a?b=1 HTTP/1.1',
      'Host: x',
      'Connection: Upgrade, HTTP2-Settings, close',
      'Upgrade: h2c',
      'HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA',
      'Content-Length: 10',
      '\r\n',
    ].join('\r\n');

    const inOne = await exchangeRaw(port, `${request}0123456789`);
    const inTwo = await exchangeRaw(port, `${request}01234`, '56789');

    for (const answer of [inOne, inTwo]) {
      expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(answer).toContain('POST /a?b=1 upgrade=undefined 0123456789');
    }
  });

  it('answers the upgrade of a path that is no WebSocket with 404', async () => {
    const port = await startEcho();

    const answer = await exchangeRaw(port, 'GET /x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');

    expect(answer).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/);
    expect(answer).toContain('application/problem+json');
  });
});
