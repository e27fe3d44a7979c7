import type { ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, LookupFunction } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { createExchange, type Exchange, type ExchangeRequest } from './exchange.ts';
import { type FakeNester, startFakeNester } from './fake-nester.ts';
import { createPost } from './post.ts';
import { SELF_SIGNED } from './self-signed.ts';

const JSON_REPORT = '{"node":"a","timestamp":"2026-11-22T08:00:00.000Z"}';
let nester: FakeNester;
beforeEach(async () => (nester = await startFakeNester()));
afterEach(() => nester.close());

const lookup: LookupFunction = (_host, _options, callback) => callback(Object.assign(new Error('no names here'), { code: 'ENOTFOUND' }), '', 0);

/** Patience shortened, so that a test of patience is short. */
function post({ deadlineMs }: { deadlineMs?: number } = {}) {
  const { exchange } = createExchange({ clock: systemClock, lookup, keepAlive: false });
  const limited: Exchange = (request: ExchangeRequest) => exchange({ ...request, deadlineMs: deadlineMs ?? request.deadlineMs });
  return createPost({ exchange: limited, node: 'a', key: 'secret', now: Date.now, version: '1' });
}

function answerWith(status: number, headers: Record<string, string> = {}, body = ''): void {
  nester.onRequest = (_request, response) => {
    response.writeHead(status, headers).end(body);
    return true;
  };
}
const PROBLEM = { 'content-type': 'application/problem+json' };

describe('post of a report', () => {
  it('is delivered once a Nester confirms that very node, and carries the key', async () => {
    expect(await post().report(nester.base, JSON_REPORT)).toEqual({ kind: 'delivered' });

    expect(nester.requests).toMatchObject([{ method: 'POST', url: '/api/report', key: 'secret', body: JSON_REPORT }]);
  });

  it.each([
    ['a login page', 200, { 'content-type': 'text/html' }, '<html>Welcome, pay here</html>'],
    ['another node', 201, { 'content-type': 'application/json' }, '{"node":"b","timestamp":"x","duplicate":false}'],
    ['nothing', 200, {}, ''],
  ])('is kept when %s is answered with success', async (_what, status, headers, body) => {
    answerWith(status, headers, body);

    expect(await post().report(nester.base, JSON_REPORT)).toMatchObject({ kind: 'later', reason: expect.stringContaining("not a Nester's") });
  });

  it.each([400, 413, 415, 422])('is rejected for ever when Nester itself answers %i', async (status) => {
    answerWith(status, PROBLEM, '{"title":"Bad Request","errors":[{"path":"loss","message":"expected at most 100"}]}');

    expect(await post().report(nester.base, JSON_REPORT)).toMatchObject({ kind: 'rejected', reason: `status ${status}: loss: expected at most 100`, timestamp: false });
  });

  it('says when the time was the reason', async () => {
    answerWith(400, PROBLEM, '{"errors":[{"path":"timestamp","message":"is more than 10 minutes in the future"}]}');

    expect(await post().report(nester.base, JSON_REPORT)).toMatchObject({ kind: 'rejected', timestamp: true, nesterMs: expect.any(Number) });
  });

  it('is kept when a proxy answers 400 or 413 for itself', async () => {
    answerWith(413, { 'content-type': 'text/html' }, '<center>nginx</center>');

    expect(await post().report(nester.base, JSON_REPORT)).toMatchObject({ kind: 'later' });
  });

  it.each([
    [401, 'status 401: the key is wrong; NESTER_API_KEY must be'],
    [403, 'status 403: the key is wrong'],
  ])('is kept when it is refused with %i, and says why', async (status, reason) => {
    answerWith(status, PROBLEM, '{"detail":"the key is wrong"}');

    const verdict = await post().report(nester.base, JSON_REPORT);

    expect(verdict).toMatchObject({ kind: 'unauthorised', reason: expect.stringContaining(reason) });
    expect(JSON.stringify(verdict)).not.toContain('secret');
  });

  it.each([
    [429, '7', 7_000],
    [503, '0', 0],
    [503, '999999999', 3_600_000],
    [503, 'soon', undefined],
  ])('is kept on %i, and knows from Retry-After: %s when to come back', async (status, text, afterMs) => {
    answerWith(status, { 'retry-after': text });

    expect(await post().report(nester.base, JSON_REPORT)).toMatchObject({ kind: 'later', afterMs });
  });

  it('understands a Retry-After that is a date', async () => {
    answerWith(503, { 'retry-after': new Date(Date.now() + 60_000).toUTCString() });

    const verdict = await post().report(nester.base, JSON_REPORT);

    expect(verdict.kind === 'later' && verdict.afterMs !== undefined && Math.abs(verdict.afterMs - 60_000) < 15_000).toBe(true);
  });

  it('follows no redirect, and says what to do', async () => {
    answerWith(308, { location: 'https://elsewhere.example/' });

    expect(await post().report(nester.base, JSON_REPORT)).toMatchObject({ kind: 'later', reason: expect.stringContaining('https://elsewhere.example/') });
    expect(nester.requests).toHaveLength(1);
  });

  it.each([
    ['is larger than a Nester gives', (response: ServerResponse) => void response.writeHead(200).end('x'.repeat(200 * 1024)), 'larger than'],
    ['never ends', endless, 'larger than'],
    ['breaks off in the middle', breakOff, 'closed in the middle|aborted|hang up'],
    ['is no HTTP', (response: ServerResponse) => void response.socket?.end('SSH-2.0-OpenSSH\r\n'), '.'],
    ['is a closed connection', (response: ServerResponse) => void response.socket?.destroy(), '.'],
  ])('is kept when the answer %s', async (_what, answer, reason) => {
    nester.onRequest = (_request, response) => {
      answer(response);
      return true;
    };

    const verdict = await post().report(nester.base, JSON_REPORT);

    expect(verdict).toMatchObject({ kind: 'later', reason: expect.stringMatching(reason) });
  });

  it.each([
    ['does not begin', () => undefined],
    ['comes byte by byte', drip],
  ])('is kept when the answer %s within the deadline', async (_what, answer) => {
    nester.onRequest = (_request, response) => {
      answer(response);
      return true;
    };

    expect(await post({ deadlineMs: 300 }).report(nester.base, JSON_REPORT)).toEqual({ kind: 'later', reason: 'no answer within 0.3 s', afterMs: undefined });
  });

  it('is kept when there is nobody, or no such name', async () => {
    expect(await post().report('http://127.0.0.1:1/', JSON_REPORT)).toMatchObject({ kind: 'later', reason: expect.stringContaining('ECONNREFUSED') });
    expect(await post().report('http://nester.invalid/', JSON_REPORT)).toMatchObject({ kind: 'later', reason: 'no names here' });
  });

  it('is never sent to a server whose certificate cannot be verified, whatever the environment says', async () => {
    const requests: string[] = [];
    const server = createTlsServer(SELF_SIGNED, (request, response) => {
      requests.push(request.url ?? '');
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';

    const verdict = await post().report(`https://127.0.0.1:${(server.address() as AddressInfo).port}/`, JSON_REPORT);

    if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
    server.close();
    expect(verdict).toMatchObject({ kind: 'later', reason: expect.stringMatching(/certificate/i) });
    expect(requests).toEqual([]);
  });

  it('ends at once when told to stop', async () => {
    nester.onRequest = () => true;
    const stop = new AbortController();
    const verdict = post().report(nester.base, JSON_REPORT, stop.signal);

    stop.abort();

    expect(await verdict).toMatchObject({ kind: 'later', reason: 'stopped' });
  });
});

describe('post of a batch', () => {
  it('tells which reports were rejected', async () => {
    answerWith(200, {}, '{"accepted":1,"duplicates":1,"rejected":[{"index":1,"errors":[{"path":"node","message":"too long"}]}]}');

    const verdict = await post().batch(nester.base, [JSON_REPORT, '{}', JSON_REPORT]);

    expect(verdict).toMatchObject({ kind: 'judged', rejected: new Map([[1, { reason: 'node: too long', timestamp: false }]]) });
  });

  it.each([
    ['does not account for every report', '{"accepted":1,"duplicates":0,"rejected":[]}'],
    ['names a report that was not sent', '{"accepted":1,"duplicates":0,"rejected":[{"index":2,"errors":[]}]}'],
    ['names one twice', '{"accepted":0,"duplicates":0,"rejected":[{"index":1,"errors":[]},{"index":1,"errors":[]}]}'],
    ['is a list', '[1,2]'],
    ['holds nonsense', '{"accepted":"2","duplicates":null,"rejected":{}}'],
  ])('is kept as a whole when the answer %s', async (_what, body) => {
    answerWith(200, {}, body);

    expect(await post().batch(nester.base, [JSON_REPORT, JSON_REPORT])).toMatchObject({ kind: 'later' });
  });

  it('is unfit when refused as a whole, by whomever', async () => {
    answerWith(413, { 'content-type': 'text/html' }, 'too large');

    expect(await post().batch(nester.base, [JSON_REPORT])).toMatchObject({ kind: 'unfit' });
  });
});

function endless(response: ServerResponse): void {
  response.writeHead(200);
  const more = (): void => {
    while (!response.destroyed && response.write('x'.repeat(16 * 1024)));
  };
  response.on('drain', more);
  more();
}

function breakOff(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': '1000' });
  response.write('{"node":', () => response.socket?.destroy());
}

function drip(response: ServerResponse): void {
  response.writeHead(200);
  const timer = setInterval(() => response.write(' '), 20);
  response.on('close', () => clearInterval(timer));
}
