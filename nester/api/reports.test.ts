import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startMemoryNester } from '../../test/support/memory-nester.ts';
import { postReport, postReports, until } from '../../test/support/requests.ts';
import type { ReportStore } from '../store/report-store.ts';

async function nodesOf(response: Response): Promise<string[]> {
  return (await response.json()).map(({ node }: { node: string }) => node);
}

/** A store whose reports are huge and many, and that counts how many batches were asked for. */
function endless() {
  const state = { batches: 0, ended: false };
  const around = (store: ReportStore): Partial<ReportStore> => ({
    select: () => ({
      ...store.select({}),
      async *joined() {
        try {
          for (;;) {
            state.batches++;
            await Promise.resolve();
            yield Buffer.alloc(1024 * 1024, 0x20);
          }
        } finally {
          state.ended = true;
        }
      },
    }),
  });
  return { state, around };
}

describe('GET /api/reports', () => {
  it('answers every report by time of measurement, oldest first, as a JSON array', async () => {
    const { url } = await startMemoryNester();
    await postReports(url, [{ node: 'b', timestamp: 2000 }, { node: 'c', timestamp: 3000 }, { node: 'a', timestamp: 1000 }]);

    const response = await fetch(`${url}/api/reports`);

    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual([
      { node: 'a', timestamp: '1970-01-01T00:00:01.000Z', receivedAt: expect.any(Number) },
      { node: 'b', timestamp: '1970-01-01T00:00:02.000Z', receivedAt: expect.any(Number) },
      { node: 'c', timestamp: '1970-01-01T00:00:03.000Z', receivedAt: expect.any(Number) },
    ]);
  });

  it('answers an empty array when nothing was reported', async () => {
    const { url } = await startMemoryNester();

    expect(await (await fetch(`${url}/api/reports`)).json()).toEqual([]);
  });

  it.each([
    ['node=b', ['b']],
    ['node=nobody', []],
    ['since=2000', ['b', 'c']],
    ['until=1970-01-01T00:00:02Z', ['a', 'b']],
    ['since=1970-01-01T01:00:02%2B01:00&until=2000', ['b']],
    ['since=1970-01-01T01:00:02+01:00&until=2000', ['b']],
    ['limit=2', ['a', 'b']],
    ['order=desc', ['c', 'b', 'a']],
    ['order=desc&limit=1', ['c']],
    ['unknown=1&format=json', ['a', 'b', 'c']],
  ])('answers ?%s', async (query, nodes) => {
    const { url } = await startMemoryNester();
    await postReports(url, [{ node: 'c', timestamp: 3000 }, { node: 'a', timestamp: 1000 }, { node: 'b', timestamp: 2000 }]);

    expect(await nodesOf(await fetch(`${url}/api/reports?${query}`))).toEqual(nodes);
  });

  it.each(['node=', 'since=yesterday', 'until=', 'limit=0', 'limit=-1', 'limit=ten', 'order=up', 'format=xml', 'after=', 'wait=5', 'wait=56&after=x', 'limit=1&limit=2'])(
    'answers 400 to ?%s, and names the parameter',
    async (query) => {
      const { url } = await startMemoryNester();

      const response = await fetch(`${url}/api/reports?${query}`);

      expect(response.status).toBe(400);
      expect(response.headers.get('content-type')).toBe('application/problem+json');
      expect((await response.json()).errors).toEqual([{ path: query.split('=')[0], message: expect.any(String) }]);
    },
  );

  it('names every wrong parameter at once', async () => {
    const { url } = await startMemoryNester();

    const { errors } = await (await fetch(`${url}/api/reports?limit=x&order=x&since=x`)).json();

    expect(errors.map(({ path }: { path: string }) => path)).toEqual(['since', 'limit', 'order']);
  });

  it.each([
    ['?format=ndjson', '*/*'],
    ['', 'application/x-ndjson'],
  ])('answers lines to %s with Accept %s', async (query, accept) => {
    const { url } = await startMemoryNester();
    await postReports(url, [{ node: 'a', timestamp: 1 }, { node: 'b', timestamp: 2 }]);

    const response = await fetch(`${url}/api/reports${query}`, { headers: { accept } });

    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    const text = await response.text();
    expect(text.endsWith('\n')).toBe(true);
    expect(text.trimEnd().split('\n').map((line) => JSON.parse(line).node)).toEqual(['a', 'b']);
  });

  it.each([
    ['?format=csv', '*/*'],
    ['', 'text/csv'],
  ])('answers CSV to %s with Accept %s', async (query, accept) => {
    const { url } = await startMemoryNester();
    await postReport(url, { node: '=1+1', timestamp: 1, latency: -0 });

    const response = await fetch(`${url}/api/reports${query}`, { headers: { accept } });

    expect(response.headers.get('content-type')).toContain('text/csv');
    const [header, row] = (await response.text()).split('\r\n');
    expect(header).toMatch(/^node,timestamp,receivedAt,ip,devices,latency,/);
    expect(row).toMatch(/^'=1\+1,1970-01-01T00:00:00\.001Z,\d+,,,0,/);
  });

  it('answers JSON when the format is named, whatever is accepted', async () => {
    const { url } = await startMemoryNester();

    const response = await fetch(`${url}/api/reports?format=json`, { headers: { accept: 'text/csv' } });

    expect(response.headers.get('content-type')).toBe('application/json');
  });

  it('answers 304 while nothing changed, and anew once something did', async () => {
    const { url } = await startMemoryNester();
    await postReport(url, { node: 'a' });
    const first = await fetch(`${url}/api/reports`);
    const etag = first.headers.get('etag') ?? '';
    const again = (): Promise<Response> => fetch(`${url}/api/reports`, { headers: { 'if-none-match': etag } });

    const unchanged = await again();
    const other = await fetch(`${url}/api/reports?limit=1`, { headers: { 'if-none-match': etag } });
    await postReport(url, { node: 'b' });
    const changed = await again();

    expect(etag).toMatch(/^"[^"]+"$/);
    expect([unchanged.status, other.status, changed.status]).toEqual([304, 200, 200]);
    expect(await unchanged.text()).toBe('');
    expect(changed.headers.get('etag')).not.toBe(etag);
  });

  it('answers HEAD with the headers alone', async () => {
    const { state, around } = endless();
    const { url } = await startMemoryNester({ around });

    const response = await fetch(`${url}/api/reports`, { method: 'HEAD' });

    expect(response.status).toBe(200);
    expect(response.headers.get('nester-cursor')).toBe('memory-0');
    expect(state).toEqual({ batches: 1, ended: true });
  });

  it('reads no further than its reader does, and ends when the reader goes', async () => {
    const { state, around } = endless();
    const { port, url } = await startMemoryNester({ around });
    const reader = connect(port, '127.0.0.1');
    reader.pause();
    reader.write('GET /api/reports HTTP/1.1\r\nHost: x\r\n\r\n');

    let before = -1;
    await until('it reads no more', async () => {
      const isStill = state.batches === before && before > 0;
      before = state.batches;
      // Each answer shows that Nester had its turn, and could have read on.
      for (let turn = 0; turn < 20; turn++) await fetch(`${url}/healthz`);
      return isStill;
    });
    reader.destroy();
    await until('it has ended', () => state.ended);

    // What the system's own buffers take, and no more.
    expect(state.batches).toBeLessThan(40);
  });

  it('cuts the answer off when the store fails in the middle, so that nobody takes it for the whole', async () => {
    const { url, errors } = await startMemoryNester({
      around: (store) => ({
        select: () => ({
          ...store.select({}),
          async *joined() {
            await Promise.resolve();
            yield Buffer.from(',\n{}');
            throw new Error('EIO');
          },
        }),
      }),
    });

    const response = await fetch(`${url}/api/reports`);

    await expect(response.text()).rejects.toThrow();
    expect(errors).toHaveLength(1);
  });
});

describe('GET /api/reports?after=', () => {
  it('answers what came since, in order of receipt, and where to go on', async () => {
    const { url } = await startMemoryNester();
    await postReport(url, { node: 'a', timestamp: 9000 });
    const cursor = (await fetch(`${url}/api/reports`)).headers.get('nester-cursor') ?? '';
    await postReports(url, [{ node: 'c', timestamp: 3000 }, { node: 'b', timestamp: 2000 }]);

    const since = await fetch(`${url}/api/reports?after=${cursor}`);
    const next = await fetch(`${url}/api/reports?after=${since.headers.get('nester-cursor')}`);

    expect(await nodesOf(since)).toEqual(['c', 'b']);
    expect(await nodesOf(next)).toEqual([]);
  });

  it('goes on after the last one given when there was a limit', async () => {
    const { url } = await startMemoryNester();
    await postReports(url, ['a', 'b', 'c', 'd', 'e'].map((node) => ({ node })));

    const seen: string[] = [];
    let cursor = 'memory-0';
    for (let page = 0; page < 3; page++) {
      const response = await fetch(`${url}/api/reports?after=${cursor}&limit=2`);
      cursor = response.headers.get('nester-cursor') ?? '';
      seen.push(...(await nodesOf(response)));
    }

    expect(seen).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('answers everything to a cursor it does not know, and says so', async () => {
    const { url } = await startMemoryNester();
    await postReport(url, { node: 'a' });

    const response = await fetch(`${url}/api/reports?after=other-7&wait=5`);

    expect(response.headers.get('nester-cursor-unknown')).toBe('true');
    expect(await nodesOf(response)).toEqual(['a']);
  });

  it('waits for the first report, and answers at once when it comes', async () => {
    const { url } = await startMemoryNester();
    const waiting = fetch(`${url}/api/reports?after=memory-0&wait=30`);
    await fetch(`${url}/healthz`);

    await postReport(url, { node: 'a' });
    const response = await waiting;

    expect(await nodesOf(response)).toEqual(['a']);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it('goes on waiting while only other nodes report', async () => {
    const { url } = await startMemoryNester();
    const waiting = fetch(`${url}/api/reports?after=memory-0&wait=30&node=wanted`);
    await fetch(`${url}/healthz`);

    for (let count = 0; count < 5; count++) await postReport(url, { node: 'other' });
    await postReport(url, { node: 'wanted' });
    const response = await waiting;

    expect(await nodesOf(response)).toEqual(['wanted']);
    expect(response.headers.get('nester-cursor')).toBe('memory-6');
  });

  it('answers with nothing when the time is over', async () => {
    const { url } = await startMemoryNester();
    const startMs = performance.now();

    const response = await fetch(`${url}/api/reports?after=memory-0&wait=1`);

    expect(await nodesOf(response)).toEqual([]);
    expect(performance.now() - startMs).toBeGreaterThan(950);
  });

  it('misses nothing that comes while the store is being read', async () => {
    let looks = 0;
    const { url } = await startMemoryNester({
      around: (store) => ({
        select: (query) => {
          const selection = store.select(query);
          looks++;
          if (looks > 1) return selection;
          return {
            ...selection,
            async *joined(before) {
              // Comes after the question was put and before it is answered.
              await store.append({ node: 'meanwhile' }, Date.now());
              yield* selection.joined(before);
            },
          };
        },
      }),
    });

    const response = await fetch(`${url}/api/reports?after=memory-0&wait=30`);

    expect(await nodesOf(response)).toEqual(['meanwhile']);
  });

  it('lets nobody wait while Nester stops', async () => {
    const { url, stop } = await startMemoryNester();
    const waiting = fetch(`${url}/api/reports?after=memory-0&wait=30`);
    await fetch(`${url}/healthz`);

    await stop();

    expect(await nodesOf(await waiting)).toEqual([]);
  });
});
