import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFolder, type RunningNester, startNester } from './support/program.ts';
import { exchangeRaw, postLines, postReport, postReports, postText } from './support/requests.ts';

/** Every answer over HTTP as others get it: from the built program, with curl, Python and fetch. */

let nester: RunningNester;
let locked: RunningNester;

beforeAll(async () => {
  [nester, locked] = await Promise.all([
    startNester({ env: { NESTER_RATE_LIMIT: '0' } }),
    startNester({ env: { NESTER_API_KEY: 'open sesame', NESTER_RATE_LIMIT: '5' } }),
  ]);
});
afterAll(async () => {
  expect(await nester.stop()).toBe(0);
  expect(await locked.stop()).toBe(0);
});

function run(command: string, args: string[], install: string): { status: number | null; stdout: string; stderr: string } {
  const result = spawnSync(command, args, { encoding: 'utf8', timeout: 30_000 });
  if (result.error) throw new Error(`${command} could not be run (${result.error.message}). Install it with: ${install}`);
  return result;
}

function curl(...args: string[]): string {
  const { status, stdout, stderr } = run('curl', ['-sS', ...args], 'apt-get install curl');
  if (status !== 0) throw new Error(`curl ended with ${status}: ${stderr}`);
  return stdout;
}

function python(...lines: string[]): unknown {
  const { status, stdout, stderr } = run('python3', ['-c', lines.join('\n')], 'apt-get install python3-requests');
  if (status !== 0) throw new Error(`${stderr}\nThis test needs Python's requests. Install it with: apt-get install python3-requests`);
  return JSON.parse(stdout) as unknown;
}

interface Line {
  node: string;
  receivedAt: number;
}

function dataFile({ dataDir }: RunningNester): Line[] {
  return JSON.parse(readFileSync(join(dataDir, 'data.json'), 'utf8')) as Line[];
}

describe('a report', () => {
  it('sent with one curl is answered 201 and is in data.json at that moment', () => {
    const answer = curl('-i', '-X', 'POST', `${nester.url}/api/report`, '-H', 'content-type: application/json', '-d', '{"node":"ups-3","ip":"10.0.0.7","devices":12,"metrics":{"battery":97}}');
    const kept = dataFile(nester);

    expect(answer).toMatch(/^HTTP\/1\.1 201 Created\r\n/);
    expect(kept.at(-1)).toMatchObject({ node: 'ups-3', ip: '10.0.0.7', devices: 12, metrics: { battery: 97 }, receivedAt: expect.any(Number) });
    expect(statSync(join(nester.dataDir, 'data.json')).mode & 0o777).toBe(0o600);
  });

  it("sent with Python's requests is answered 201, and the same again 200", () => {
    const answer = python(
      'import json, requests',
      'report = {"node": "py", "timestamp": "2026-11-22T09:00:00.5+01:00", "latency": 3.4, "loss": None}',
      `answers = [requests.post("${nester.url}/api/report", json=report) for _ in range(2)]`,
      'print(json.dumps([[a.status_code, a.json()] for a in answers]))',
    );

    const body = { node: 'py', timestamp: '2026-11-22T08:00:00.500Z' };
    expect(answer).toEqual([
      [201, { ...body, duplicate: false }],
      [200, { ...body, duplicate: true }],
    ]);
  });

  it('drops keys it does not know, and never echoes them', async () => {
    const response = await postReport(nester.url, { node: 'strict', password: 'hunter2' });

    expect(await response.text()).not.toContain('hunter2');
    expect(readFileSync(join(nester.dataDir, 'data.json'), 'utf8')).not.toContain('hunter2');
  });

  it('that is not valid is answered 400 with every reason, and leaves no trace', async () => {
    const before = dataFile(nester).length;

    const response = await postReport(nester.url, { node: 'bad', latency: 'fast', loss: 101, timestamp: Date.now() + 3_600_000 });

    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    const problem = await response.json();
    expect(problem).toMatchObject({ type: expect.any(String), title: expect.any(String), status: 400, detail: expect.any(String) });
    expect(problem.errors.map(({ path }: { path: string }) => path)).toEqual(expect.arrayContaining(['latency', 'loss']));
    expect((await postReport(nester.url, { node: 'bad', timestamp: Date.now() + 3_600_000 })).status).toBe(400);
    expect(dataFile(nester)).toHaveLength(before);
  });

  it('over 256 KiB is answered 413, also to a sender that only reads when it has written all', () => {
    const answer = python(
      'import json, requests',
      `url = "${nester.url}/api/report"`,
      'whole = requests.post(url, data=b" " * (4 << 20), headers={"content-type": "application/json"})',
      'chunks = requests.post(url, data=(b" " * 65536 for _ in range(64)), headers={"content-type": "application/json"})',
      'after = requests.post(url, json={"node": "after"})',
      'print(json.dumps([whole.status_code, chunks.status_code, after.status_code]))',
    );

    expect(answer).toEqual([413, 413, 201]);
  });

  it('that its sender asks about first is refused before it is sent', () => {
    const file = join(makeFolder(), 'large.json');
    writeFileSync(file, ' '.repeat(300_000));

    const large = curl('-i', '-H', 'expect: 100-continue', '-H', 'content-type: application/json', '--data-binary', `@${file}`, '--max-time', '10', `${nester.url}/api/report`);

    expect(large).toMatch(/^HTTP\/1\.1 413 /);
    expect(large).not.toContain('100 Continue');
  });

  it.each([
    ['text/plain', '415'],
    ['application/x-www-form-urlencoded', '415'],
    ['application/json; charset=utf-8', '201'],
  ])('of type %s is answered %s', (type, status) => {
    const answer = curl('-o', '/dev/null', '-w', '%{http_code}', '-H', `content-type: ${type}`, '-d', '{"node":"typed"}', `${nester.url}/api/report`);

    expect(answer).toBe(status);
  });

  it.each(['GET', 'PUT', 'DELETE', 'HEAD'])('is not sent with %s: 405', async (method) => {
    const response = await fetch(`${nester.url}/api/report`, { method });

    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
  });

  it('sent over a connection that offers HTTP/2 is taken all the same', () => {
    const answer = curl('--http2', '-o', '/dev/null', '-w', '%{http_code} %{http_version}', '-H', 'content-type: application/json', '-d', '{"node":"h2c"}', `${nester.url}/api/report`);

    expect(answer).toBe('201 1.1');
  });

  it('of hostile JSON ends in 400, and others are still taken', async () => {
    const hostile = ['['.repeat(200_000), `{"node":"x","metrics":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`, '{"__proto__":{"node":"x"}}', '{"node":{"toString":1}}', '{"node":"\\ud800"}', 'null', '{"node":"a\\u0000b"}'];

    for (const body of hostile) expect((await postText(`${nester.url}/api/report`, body, { 'content-type': 'application/json' })).status).toBe(400);
    expect((await postReport(nester.url, { node: 'still' })).status).toBe(201);
  });
});

describe('with a key set', () => {
  it('only whoever has it may report, or forget a node', async () => {
    const key = { 'x-api-key': 'open sesame' };
    const [without, wrong, right] = [
      await postReport(locked.url, { node: 'a' }),
      await postReport(locked.url, { node: 'a' }, { 'x-api-key': 'open' }),
      await postReport(locked.url, { node: 'a' }, key),
    ];
    const forgets = [
      await fetch(`${locked.url}/api/nodes/a`, { method: 'DELETE' }),
      await fetch(`${locked.url}/api/nodes/a`, { method: 'DELETE', headers: { ...key, origin: 'https://evil.example' } }),
      await fetch(`${locked.url}/api/nodes/a/measure`, { method: 'POST' }),
      await fetch(`${locked.url}/api/nodes/a/measure`, { method: 'POST', headers: { ...key, origin: 'https://evil.example' } }),
      await fetch(`${locked.url}/api/nodes/a/measure`, { method: 'POST', headers: key }),
      await fetch(`${locked.url}/api/nodes/a`, { method: 'DELETE', headers: key }),
    ];

    expect([without.status, wrong.status, right.status]).toEqual([401, 401, 201]);
    expect(without.headers.has('www-authenticate')).toBe(true);
    expect(forgets.map(({ status }) => status)).toEqual([401, 403, 401, 403, 409, 204]);
  });

  it('anyone may read', async () => {
    expect((await fetch(`${locked.url}/api/nodes`)).status).toBe(200);
    expect((await fetch(`${locked.url}/api/reports`)).status).toBe(200);
  });
});

describe('over the rate of one address', () => {
  it('reports are answered 429 with the time to wait, and taken again afterwards', async () => {
    const send = (): Promise<Response> => postReport(locked.url, { node: 'fast' }, { 'x-api-key': 'open sesame' });

    let over = await send();
    for (let tries = 0; tries < 50 && over.status === 201; tries++) over = await send();
    const seconds = Number(over.headers.get('retry-after'));
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));

    expect(over.status).toBe(429);
    expect(seconds).toBeGreaterThanOrEqual(1);
    expect((await send()).status).toBe(201);
  });
});

describe('many reports at once', () => {
  it.each([
    ['a JSON array', (reports: unknown[]) => postReports(nester.url, reports)],
    ['lines', (reports: unknown[]) => postLines(nester.url, reports.map((report) => `${JSON.stringify(report)}\n`).join(''))],
  ])('as %s: the good ones are kept, the others named', async (what, send) => {
    const good = { node: `batch ${what}`, timestamp: 1_700_000_000_000 };

    const response = await send([good, { node: '' }, good, { ...good, timestamp: 1_700_000_001_000 }, 'text']);

    expect(response.status).toBe(200);
    const answer = await response.json();
    expect(answer).toMatchObject({ accepted: 2, duplicates: 1, rejected: [{ index: 1 }, { index: 4 }] });
    expect(answer.rejected[0].errors[0]).toMatchObject({ path: 'node' });
    expect(dataFile(nester).filter(({ node }) => node === good.node)).toHaveLength(2);
  });

  it('are refused beyond 1,000 reports or 8 MiB: 413', async () => {
    const tooMany = await postReports(nester.url, Array.from({ length: 1001 }, (_, n) => ({ node: `many-${n}` })));
    const tooLarge = await postText(`${nester.url}/api/reports`, ' '.repeat(8 * 1024 * 1024 + 1), { 'content-type': 'application/json' });

    expect([tooMany.status, tooLarge.status]).toEqual([413, 413]);
  });

  it.each(['{"node":"a"}', '[{"node":"a"}', 'x'])('that are no list are refused whole: %s', async (body) => {
    const response = await postText(`${nester.url}/api/reports`, body, { 'content-type': 'application/json' });

    expect(response.status).toBe(400);
    expect((await response.json()).errors).toHaveLength(1);
  });
});

describe('reading reports', () => {
  beforeAll(async () => {
    await postReports(
      nester.url,
      [3, 1, 2].map((second) => ({ node: 'read', timestamp: `2020-01-01T00:00:0${second}Z`, latency: second })),
    );
  });

  it.each([
    ['node=read', [1, 2, 3]],
    ['node=read&order=desc&limit=2', [3, 2]],
    ['node=read&since=2020-01-01T00:00:02Z', [2, 3]],
    ['since=1577836801000&until=1577836802000', [1, 2]],
    ['node=nobody', []],
  ])('?%s', async (query, latencies) => {
    const reports = await (await fetch(`${nester.url}/api/reports?${query}`)).json();

    expect(reports.map(({ latency }: { latency: number }) => latency)).toEqual(latencies);
  });

  it.each(['since=monday', 'limit=many', 'order=random', 'format=xlsx', 'wait=5'])('?%s is answered 400', async (query) => {
    const response = await fetch(`${nester.url}/api/reports?${query}`);

    expect(response.status).toBe(400);
    expect((await response.json()).errors).toEqual([{ path: query.split('=')[0], message: expect.any(String) }]);
  });

  it('comes as lines and as CSV', async () => {
    const lines = await (await fetch(`${nester.url}/api/reports?node=read&format=ndjson`)).text();
    const csv = curl('-H', 'accept: text/csv', `${nester.url}/api/reports?node=read`);

    expect(lines.trimEnd().split('\n').map((line) => JSON.parse(line).latency)).toEqual([1, 2, 3]);
    const [header = '', ...rows] = csv.trimEnd().split('\r\n');
    const at = header.split(',').indexOf('latency');
    expect(rows.map((row) => row.split(',')[at])).toEqual(['1', '2', '3']);
  });

  it('costs nothing while nothing changed: 304', async () => {
    const first = await fetch(`${nester.url}/api/reports?node=read`);
    const etag = first.headers.get('etag') ?? '';

    const again = await fetch(`${nester.url}/api/reports?node=read`, { headers: { 'if-none-match': etag } });
    await postReport(nester.url, { node: 'other' });
    const changed = await fetch(`${nester.url}/api/reports?node=read`, { headers: { 'if-none-match': etag } });

    expect([again.status, changed.status]).toEqual([304, 200]);
  });

  it.each(['/api/nodes', '/api/nodes/read'])('costs nothing while no state changed: 304 from %s', async (path) => {
    const first = await fetch(`${nester.url}${path}`);

    const again = await fetch(`${nester.url}${path}`, { headers: { 'if-none-match': first.headers.get('etag') ?? '' } });
    await postReport(nester.url, { node: 'read', latency: 99, timestamp: Date.now() });
    const changed = await fetch(`${nester.url}${path}`, { headers: { 'if-none-match': first.headers.get('etag') ?? '' } });

    expect([first.status, again.status, changed.status]).toEqual([200, 304, 200]);
  });

  it('is refused with 503 to whoever would wait when 500 wait already, and to nobody else', async () => {
    const cursor = (await fetch(`${nester.url}/api/reports?limit=1`)).headers.get('nester-cursor') ?? '';
    const done = new AbortController();
    const waiting = Array.from({ length: 501 }, async () => {
      const response = await fetch(`${nester.url}/api/reports?after=${cursor}&wait=55`, { signal: done.signal }).catch(() => undefined);
      return response?.status;
    });

    const first = await Promise.race(waiting);
    const other = await fetch(`${nester.url}/api/reports?after=${cursor}`);
    done.abort();

    expect([first, other.status]).toEqual([503, 200]);
    expect((await Promise.all(waiting)).filter((status) => status === 503)).toHaveLength(1);
  });

  it('goes on by cursor, page by page, in order of receipt', async () => {
    const start = (await fetch(`${nester.url}/api/reports?limit=1`)).headers.get('nester-cursor') ?? '';
    const sent = Array.from({ length: 25 }, (_, n) => `page-${n}`);
    await postReports(nester.url, sent.map((node, n) => ({ node, timestamp: 1_600_000_000_000 - n })));

    const seen: string[] = [];
    let cursor = start;
    for (let page = 0; page < 4; page++) {
      const response = await fetch(`${nester.url}/api/reports?after=${cursor}&limit=10`);
      cursor = response.headers.get('nester-cursor') ?? '';
      seen.push(...(await response.json()).map(({ node }: { node: string }) => node));
    }

    expect(seen).toEqual(sent);
  });

  it('waits for what comes, and answers when it does', async () => {
    const cursor = (await fetch(`${nester.url}/api/reports?limit=1`)).headers.get('nester-cursor') ?? '';
    const waiting = fetch(`${nester.url}/api/reports?after=${cursor}&wait=30`);
    await fetch(`${nester.url}/healthz`);

    await postReport(nester.url, { node: 'awaited' });
    const reports = await (await waiting).json();

    expect(reports).toMatchObject([{ node: 'awaited' }]);
  });

  it('goes on by cursor after a restart of Nester', async () => {
    const first = await startNester();
    await postReport(first.url, { node: 'before' });
    const cursor = (await fetch(`${first.url}/api/reports`)).headers.get('nester-cursor') ?? '';
    await postReport(first.url, { node: 'missed' });
    await first.stop();
    const second = await startNester({ dataDir: first.dataDir });

    const response = await fetch(`${second.url}/api/reports?after=${cursor}`);

    expect(response.headers.has('nester-cursor-unknown')).toBe(false);
    expect((await response.json()).map(({ node }: Line) => node)).toEqual(['missed']);
    await second.stop();
  });
});

describe('nodes', () => {
  it('have a state each, and one is found by any name', async () => {
    const name = '<img src=x onerror=alert(1)>/é😀';
    await postReport(nester.url, { node: name, latency: 3.4, interval: 60, labels: { site: 'Lyon' } });

    const all = await (await fetch(`${nester.url}/api/nodes`)).json();
    const one = await (await fetch(`${nester.url}/api/nodes/${encodeURIComponent(name)}`)).json();

    expect(one).toMatchObject({ node: name, status: 'online', latency: 3.4, interval: 60, labels: { site: 'Lyon' }, connected: false, targets: [], metrics: {}, agent: null });
    expect(all).toContainEqual(one);
  });

  it('unknown are answered 404, also when they are to be forgotten', async () => {
    expect((await fetch(`${nester.url}/api/nodes/nobody`)).status).toBe(404);
    expect((await fetch(`${nester.url}/api/nodes/nobody`, { method: 'DELETE' })).status).toBe(404);
  });

  it('forgotten are gone from the answers and from the disk', async () => {
    await postReports(nester.url, [{ node: 'forget-me', labels: { secret: 'zebra' } }, { node: 'keep-me' }]);

    const response = await fetch(`${nester.url}/api/nodes/forget-me`, { method: 'DELETE' });

    expect(response.status).toBe(204);
    expect(await (await fetch(`${nester.url}/api/reports?node=forget-me`)).json()).toEqual([]);
    expect(dataFile(nester).map(({ node }) => node)).not.toContain('forget-me');
    expect(run('grep', ['-r', '-l', 'zebra', nester.dataDir], 'apt-get install grep').stdout).toBe('');
  });
});

describe('everything else', () => {
  it('is alive and ready', async () => {
    expect((await fetch(`${nester.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${nester.url}/readyz`)).status).toBe(200);
  });

  it('serves the page with a policy that lets nothing else run', async () => {
    const response = await fetch(nester.url);

    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(response.headers.get('content-security-policy')).not.toContain('unsafe');
  });

  it('answers 426 where there is a WebSocket, and none was asked for', async () => {
    const answers = await Promise.all(['/ws', '/ws/agent'].map((path) => fetch(`${nester.url}${path}`)));

    expect(answers.map(({ status, headers }) => [status, headers.get('upgrade')])).toEqual([
      [426, 'websocket'],
      [426, 'websocket'],
    ]);
  });

  it('answers 404, 405 and 400 as problems that say nothing of what it runs on', async () => {
    const answers = [
      await exchangeRaw(nester.port, 'GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
      await exchangeRaw(nester.port, 'PATCH /api/nodes HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
      await exchangeRaw(nester.port, 'GET /%FF HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
      await exchangeRaw(nester.port, 'nonsense\r\n\r\n'),
    ];

    expect(answers.map((answer) => /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1])).toEqual(['404', '405', '400', '400']);
    for (const answer of answers) {
      expect(answer).toContain('application/problem+json');
      expect(answer).toContain('X-Content-Type-Options: nosniff');
      expect(answer).not.toMatch(/x-powered-by|express|node_modules|\bat \w+ \(/i);
    }
  });
});
