import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { failingStore, holdingStore } from '../../test/support/failing-store.ts';
import { LIMITS } from '../../protocol/limits.ts';
import { startMemoryNester } from '../../test/support/memory-nester.ts';
import { exchangeRaw, postLines, postReport, postReports, postText, until } from '../../test/support/requests.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { readTrustProxy } from '../http/trust-proxy.ts';
import { type ReportStore, StoreUnavailableError } from '../store/report-store.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

const full = (): Error => new StoreUnavailableError(new Error('no space left on device'));
const diskFull = (store: ReportStore): Partial<ReportStore> => failingStore(store, full);

describe('POST /api/report', () => {
  it('answers 201 with node and time once the report is kept', async () => {
    const { url, store } = await startMemoryNester();

    const response = await postReport(url, { node: ' lyon-01 ', timestamp: '2026-11-22T09:00:00+01:00', latency: 3.4, unknown: 1 });

    expect(response.status).toBe(201);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual({ node: 'lyon-01', timestamp: '2026-11-22T08:00:00.000Z', duplicate: false });
    expect(store.count()).toBe(1);
  });

  it('answers 200 with duplicate when the report is kept already', async () => {
    const { url, store } = await startMemoryNester();
    const report = { node: 'a', timestamp: 1_700_000_000_000 };

    await postReport(url, report);
    const again = await postReport(url, report);

    expect(again.status).toBe(200);
    expect(await again.json()).toMatchObject({ duplicate: true });
    expect(store.count()).toBe(1);
  });

  it('gives reports without a time different times', async () => {
    const { url, store } = await startMemoryNester();

    const answers = await Promise.all(Array.from({ length: 20 }, async () => (await postReport(url, { node: 'a' })).json()));

    expect(new Set(answers.map(({ timestamp }) => timestamp as string)).size).toBe(20);
    expect(store.count()).toBe(20);
  });

  it('answers 400 that names every wrong field', async () => {
    const { url, store } = await startMemoryNester();

    const response = await postReport(url, { node: '', latency: '3.4', loss: 101 });

    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    const problem = await response.json();
    expect(problem).toMatchObject({ status: 400, title: 'Bad Request' });
    expect(problem.errors.map(({ path }: { path: string }) => path).sort()).toEqual(['latency', 'loss', 'node']);
    expect(store.count()).toBe(0);
  });

  it.each([
    ['nothing', ''],
    ['half of it', '{"node":"a"'],
    ['a list', '[{"node":"a"}]'],
    ['a number', '7'],
    ['a byte order mark', '\ufeff{"node":"a"}'],
    ['a deep nest', `{"node":"a","metrics":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
  ])('answers 400 to %s', async (_what, body) => {
    const { url } = await startMemoryNester();

    const response = await postText(`${url}/api/report`, body, JSON_TYPE);

    expect(response.status).toBe(400);
    expect((await response.json()).errors[0]).toHaveProperty('message');
  });

  it('answers 400 to bytes that are not UTF-8', async () => {
    const { url } = await startMemoryNester();
    const body = Buffer.from('{"node":"caf\xe9"}', 'latin1');

    const response = await postText(`${url}/api/report`, Uint8Array.from(body), JSON_TYPE);

    expect(response.status).toBe(400);
    expect((await response.json()).errors[0].message).toContain('UTF-8');
  });

  it.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON ; charset=latin1'])('takes the content type %s', async (type) => {
    const { url } = await startMemoryNester();

    const response = await postText(`${url}/api/report`, '{"node":"a"}', { 'content-type': type });

    expect(response.status).toBe(201);
  });

  it.each([
    { 'content-type': 'text/plain' },
    { 'content-type': 'application/x-www-form-urlencoded' },
    { 'content-type': 'application/x-ndjson' },
    { 'content-type': 'application/jsonp' },
    { ...JSON_TYPE, 'content-encoding': 'gzip' },
  ])('answers 415 to %o', async (headers) => {
    const { url, store } = await startMemoryNester();

    const response = await postText(`${url}/api/report`, '{"node":"a"}', headers);

    expect(response.status).toBe(415);
    expect(store.count()).toBe(0);
  });

  it('answers 415 when no content type is said', async () => {
    const { port } = await startMemoryNester();

    const answer = await exchangeRaw(port, 'POST /api/report HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 12\r\n\r\n{"node":"a"}');

    expect(answer).toMatch(/^HTTP\/1\.1 415 /);
  });

  it('takes a report of exactly the largest size, and not one byte more', async () => {
    const { url } = await startMemoryNester();
    const report = '{"node":"a"}';
    const largest = report.padEnd(LIMITS.reportBytes, ' ');

    const taken = await postText(`${url}/api/report`, largest, JSON_TYPE);
    const refused = await postText(`${url}/api/report`, `${largest} `, JSON_TYPE);

    expect(taken.status).toBe(201);
    expect(refused.status).toBe(413);
    expect(refused.headers.get('connection')).toBe('close');
  });

  it('answers 413 before reading when the size is declared', async () => {
    const { port } = await startMemoryNester();

    const answer = await exchangeRaw(
      port,
      'POST /api/report HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\nExpect: 100-continue\r\n\r\n',
    );

    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).not.toContain('100 Continue');
  });

  it('answers 413 to a stream without a declared size, and lets its sender read it', async () => {
    const { url, store } = await startMemoryNester();
    const chunk = new Uint8Array(64 * 1024).fill(0x20);
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let count = 0; count < 64; count++) controller.enqueue(chunk);
        controller.close();
      },
    });

    const response = await fetch(`${url}/api/report`, { method: 'POST', headers: JSON_TYPE, body, duplex: 'half' } as RequestInit);

    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ status: 413 });
    expect(store.count()).toBe(0);
  });

  it('tells a sender that asks first to go on', async () => {
    const { port } = await startMemoryNester();

    const answer = await exchangeRaw(
      port,
      'POST /api/report HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 12\r\nConnection: close\r\nExpect: 100-continue\r\n\r\n',
      '{"node":"a"}',
    );

    expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 201 Created\r\n/);
  });

  it('answers 401 without the key or with a wrong one, and takes the right one', async () => {
    const { url, store } = await startMemoryNester({ config: { apiKey: 'clé secrète' } });
    const utf8 = Buffer.from('clé secrète', 'utf8').toString('latin1');

    const without = await postReport(url, { node: 'a' });
    const wrong = await postReport(url, { node: 'a' }, { 'x-api-key': 'cle secrete' });
    const right = await postReport(url, { node: 'a' }, { 'x-api-key': utf8 });

    expect([without.status, wrong.status, right.status]).toEqual([401, 401, 201]);
    expect(without.headers.get('www-authenticate')).toContain('X-API-Key');
    expect(store.count()).toBe(1);
  });

  it.each(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('answers 405 to %s', async (method) => {
    const { url } = await startMemoryNester();

    const response = await fetch(`${url}/api/report`, { method });

    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
  });

  it('answers 429 with the time to wait once an address sends more than its rate', async () => {
    const { url, store } = await startMemoryNester({ config: { limits: { ...DEFAULT_LIMITS, addressRate: 3 } } });

    const statuses = [];
    for (let count = 0; count < 3; count++) statuses.push((await postReport(url, { node: 'a' })).status);
    const over = await postReport(url, { node: 'a' });

    expect(statuses).toEqual([201, 201, 201]);
    expect(over.status).toBe(429);
    expect(Number(over.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(store.count()).toBe(3);
  });

  it('counts the addresses behind a trusted proxy apart', async () => {
    const trust = readTrustProxy('loopback');
    if (!trust.ok) throw new Error('BUG: loopback is known');
    const { url } = await startMemoryNester({ config: { limits: { ...DEFAULT_LIMITS, addressRate: 1 }, trust: trust.value } });
    const from = async (address: string): Promise<number> => (await postReport(url, { node: 'a' }, { 'x-forwarded-for': address })).status;

    const statuses = [await from('203.0.113.1'), await from('203.0.113.1'), await from('203.0.113.2')];

    expect(statuses).toEqual([201, 429, 201]);
  });

  it('answers 503 with the time to wait while the disk is full, and keeps nothing', async () => {
    const { url, store, errors } = await startMemoryNester({ around: diskFull });

    const response = await postReport(url, { node: 'a' });

    expect(response.status).toBe(503);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(store.count()).toBe(0);
    expect(errors).toEqual([]);
  });

  it('answers 500 without a word of the cause when our own code fails, and logs it', async () => {
    const { url, errors } = await startMemoryNester({ around: (store) => failingStore(store, () => new Error('inner secret')) });

    const response = await postReport(url, { node: 'a' });

    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret');
    expect(errors[0]?.message).toContain('BUG');
  });

  it('keeps nothing of a sender that goes away in the middle, and goes on', async () => {
    const { url, port, store, errors } = await startMemoryNester();
    const socket = connect(port, '127.0.0.1');
    socket.write('POST /api/report HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"node":"half"');
    await new Promise<void>((resolve) => socket.once('connect', () => setImmediate(resolve)));

    socket.resetAndDestroy();
    const response = await postReport(url, { node: 'whole' });

    expect(response.status).toBe(201);
    expect(store.count()).toBe(1);
    expect(errors).toEqual([]);
  });

  it('answers many reports sent ahead on one connection, in order', async () => {
    const { port } = await startMemoryNester();
    const request = (n: number, connection: string): string => {
      const body = `{"node":"n${n}"}`;
      return `POST /api/report HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: ${connection}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    };

    const answer = await exchangeRaw(port, [0, 1, 2, 3].map((n) => request(n, n === 3 ? 'close' : 'keep-alive')).join(''));

    expect(Array.from(answer.matchAll(/"node":"(n\d)"/g), ([, node]) => node)).toEqual(['n0', 'n1', 'n2', 'n3']);
  });

  it('goes on with the connection after a refusal whose body it did not need', async () => {
    const { port } = await startMemoryNester();
    const refusedBody = 'x'.repeat(100_000);

    const answer = await exchangeRaw(
      port,
      `POST /api/report HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: ${refusedBody.length}\r\n\r\n${refusedBody}`,
      'POST /api/report HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 12\r\nConnection: close\r\n\r\n{"node":"a"}',
    );

    expect(Array.from(answer.matchAll(/HTTP\/1\.1 (\d+)/g), ([, status]) => status)).toEqual(['415', '201']);
  });
});

describe('POST /api/reports', () => {
  it('keeps the good ones of an array and says what is wrong with the others', async () => {
    const { url, store } = await startMemoryNester();
    await postReport(url, { node: 'a', timestamp: 1000 });

    const response = await postReports(url, [{ node: 'a', timestamp: 1000 }, { node: '' }, { node: 'b' }, 7, { node: 'c', loss: 200 }]);

    expect(response.status).toBe(200);
    const answer = await response.json();
    expect(answer).toMatchObject({ accepted: 1, duplicates: 1 });
    expect(answer.rejected.map(({ index, errors }: { index: number; errors: { path: string }[] }) => [index, errors[0]?.path])).toEqual([
      [1, 'node'],
      [3, ''],
      [4, 'loss'],
    ]);
    expect(store.count()).toBe(2);
  });

  it('keeps the good lines of NDJSON, passing over blank ones', async () => {
    const { url, store } = await startMemoryNester();
    const tooLarge = `{"node":"${'x'.repeat(LIMITS.reportBytes)}"}`;

    const response = await postLines(url, `\n{"node":"a"}\r\n  \n{"node":\n${tooLarge}\n{"node":"b"}`);

    const answer = await response.json();
    expect(answer).toMatchObject({ accepted: 2, duplicates: 0 });
    expect(answer.rejected.map(({ index }: { index: number }) => index)).toEqual([1, 2]);
    expect(store.count()).toBe(2);
  });

  it('refuses only the line that is not UTF-8', async () => {
    const { url } = await startMemoryNester();
    const body = Buffer.concat([Buffer.from('{"node":"a"}\n'), Buffer.from('{"node":"\xe9"}\n', 'latin1'), Buffer.from('{"node":"é"}\n')]);

    const response = await postText(`${url}/api/reports`, Uint8Array.from(body), { 'content-type': 'application/x-ndjson' });

    expect(await response.json()).toMatchObject({ accepted: 2, rejected: [{ index: 1 }] });
  });

  it('keeps reports in the order they were sent', async () => {
    const { url } = await startMemoryNester();
    const sent = Array.from({ length: LIMITS.batchReports }, (_, n) => ({ node: `n${n}` }));

    const response = await postReports(url, sent);

    expect(await response.json()).toEqual({ accepted: LIMITS.batchReports, duplicates: 0, rejected: [] });
    const kept = await (await fetch(`${url}/api/reports?after=memory-0`)).json();
    expect(kept.map(({ node }: { node: string }) => node)).toEqual(sent.map(({ node }) => node));
  });

  it('takes none and answers with zeros', async () => {
    const { url } = await startMemoryNester();
    const zeros = { accepted: 0, duplicates: 0, rejected: [] };

    expect(await (await postReports(url, [])).json()).toEqual(zeros);
    expect(await (await postLines(url, '\n')).json()).toEqual(zeros);
  });

  it('answers 413 to more reports than a request may hold, and keeps none', async () => {
    const { url, store } = await startMemoryNester();
    const many = Array.from({ length: LIMITS.batchReports + 1 }, (_, n) => ({ node: `n${n}` }));

    const asArray = await postReports(url, many);
    const asLines = await postLines(url, many.map((report) => JSON.stringify(report)).join('\n'));

    expect([asArray.status, asLines.status]).toEqual([413, 413]);
    expect(store.count()).toBe(0);
  });

  it('answers 413 to a body over the largest size', async () => {
    const { url } = await startMemoryNester();

    const response = await postText(`${url}/api/reports`, ' '.repeat(LIMITS.batchBytes + 1), JSON_TYPE);

    expect(response.status).toBe(413);
  });

  it.each(['', '{"node":"a"}', '[{"node":"a"}', '[{"node":"a"},]', '[{"node":"a"} {"node":"b"}]', '[{"node":"a"}]]', '"text"', '{"node":"a"}\n{"node":"b"}'])(
    'answers 400 to the JSON body %s, and keeps none of it',
    async (body) => {
      const { url, store } = await startMemoryNester();

      const response = await postText(`${url}/api/reports`, body, JSON_TYPE);

      expect(response.status).toBe(400);
      expect((await response.json()).errors).toHaveLength(1);
      expect(store.count()).toBe(0);
    },
  );

  it('answers 503 when the disk is full in the middle, and takes the whole again later', async () => {
    let isFull = true;
    const { url, store } = await startMemoryNester({
      around: (memory) => {
        let left = 2;
        return failingStore(memory, () => (isFull && left-- <= 0 ? full() : undefined));
      },
    });
    const reports = [1, 2, 3, 4].map((n) => ({ node: 'a', timestamp: n * 1000 }));

    const first = await postReports(url, reports);
    isFull = false;
    const second = await postReports(url, reports);

    expect(first.status).toBe(503);
    expect(await second.json()).toEqual({ accepted: 2, duplicates: 2, rejected: [] });
    expect(store.count()).toBe(4);
  });

  it('charges a batch to the rate of its sender', async () => {
    const { url } = await startMemoryNester({ config: { limits: { ...DEFAULT_LIMITS, addressRate: 5 } } });

    const batch = await postReports(url, Array.from({ length: 50 }, (_, n) => ({ node: `n${n}` })));
    const empty = await postReports(url, []);
    const next = await postReport(url, { node: 'a' });

    expect(batch.status).toBe(200);
    expect(empty.status).toBe(429);
    expect(next.status).toBe(429);
    expect(Number(next.headers.get('retry-after'))).toBeGreaterThanOrEqual(9);
  });

  it('asks for the key like the single door', async () => {
    const { url } = await startMemoryNester({ config: { apiKey: 'k' } });

    const refused = await postReports(url, []);
    const taken = await postReports(url, [], { 'x-api-key': 'k' });

    expect([refused.status, taken.status]).toEqual([401, 200]);
    // Its version is told to nobody else.
    expect([refused, taken].map(({ headers }) => headers.has('nester-version'))).toEqual([false, true]);
  });
});

describe('a Nester that stops', () => {
  it('finishes the report it has taken and takes no further one', async () => {
    let taken = 0;
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const nester = await startMemoryNester({
      around: (store) => holdingStore(store, held, () => taken++),
    });
    const answer = postReport(nester.url, { node: 'a' });
    await until('the report is taken', () => taken === 1);

    const stopped = nester.stop();
    await expect(postReport(nester.url, { node: 'b' })).rejects.toThrow();
    release();
    await stopped;

    expect((await answer).status).toBe(201);
    expect((await answer).headers.get('connection')).toBe('close');
    expect(taken).toBe(1);
  });
});
