import { describe, expect, it } from 'vitest';
import { type MemoryNester, startMemoryNester } from '../../test/support/memory-nester.ts';
import { postReports } from '../../test/support/requests.ts';

const MINUTE = 60_000;
/** A full hour, a while ago. */
const T0 = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 4 * 3_600_000;

/** What these answers may hold. */
interface Body {
  metric: string;
  from: number;
  to: number;
  step: number;
  t: number[];
  max: unknown[];
  count: number[];
  late: number[];
  nodes: Record<string, unknown[]>;
  errors: { path: string }[];
}

async function ask(nester: MemoryNester, path: string): Promise<{ status: number; body: Body }> {
  const response = await fetch(`${nester.url}${path}`);
  return { status: response.status, body: (await response.json()) as Body };
}

async function withReports(reports: object[]): Promise<MemoryNester> {
  const nester = await startMemoryNester();
  expect(await (await postReports(nester.url, reports)).json()).toMatchObject({ accepted: reports.length });
  return nester;
}

describe('GET /api/nodes/:node/history', () => {
  it('gathers the values of a series into buckets of a round step, and lists empty ones', async () => {
    const nester = await withReports([
      { node: 'a', timestamp: T0 + 1_000, latency: 12.3 },
      { node: 'a', timestamp: T0 + 2_000, latency: 3.1 },
      { node: 'a', timestamp: T0 + 3_000, latency: null },
      { node: 'a', timestamp: T0 + 2 * MINUTE, latency: 7 },
      { node: 'b', timestamp: T0 + 2_500, latency: 1 },
    ]);

    const { status, body } = await ask(nester, `/api/nodes/a/history?from=${T0}&to=${T0 + 2 * MINUTE}&points=3`);

    expect(status).toBe(200);
    expect(body).toEqual({
      metric: 'latency',
      from: T0,
      to: T0 + 2 * MINUTE,
      step: MINUTE,
      t: [T0, T0 + MINUTE, T0 + 2 * MINUTE],
      min: [3.1, null, 7],
      avg: [7.7, null, 7],
      max: [12.3, null, 7],
      count: [2, 0, 1],
      late: [2, 0, 1],
    });
  });

  it('knows fields, metrics by their bare name or with metrics. before it, and targets', async () => {
    const nester = await withReports([
      { node: 'a', timestamp: T0, latency: 1, metrics: { cpu: 55.5, latency: 9, 'disk:/home': 123456.789012 }, targets: [{ name: 'gate way', latency: 0.4, loss: 5 }] },
    ]);
    const max = async (query: string): Promise<unknown> => (await ask(nester, `/api/nodes/a/history?from=${T0}&to=${T0}&${query}`)).body.max;

    expect(await max('')).toEqual([1]);
    expect(await max('metric=metrics.latency')).toEqual([9]);
    expect(await max('metric=cpu')).toEqual([55.5]);
    expect(await max('metric=metrics.cpu')).toEqual([55.5]);
    expect(await max('metric=disk:/home')).toEqual([123456.789012]);
    expect(await max('target=gate%20way')).toEqual([0.4]);
    expect(await max('target=gate%20way&metric=loss')).toEqual([5]);
    expect(await max('target=other')).toEqual([null]);
  });

  it('says which values came late: long after the interval in which they were measured', async () => {
    const now = Date.now();
    const nester = await withReports([
      { node: 'a', timestamp: now, interval: 10, latency: 1 },
      { node: 'a', timestamp: now - 50_000, interval: 1, latency: 1 },
      { node: 'a', timestamp: now - 70_000, interval: 10, latency: 1 },
      { node: 'a', timestamp: now - 70_001, interval: 60, latency: 1 },
    ]);

    const { body } = await ask(nester, `/api/nodes/a/history?from=${now - 5 * MINUTE}&points=2`);

    const total = (values: number[]): number => values.reduce((sum, value) => sum + value, 0);
    expect(total(body.count)).toBe(4);
    expect(total(body.late)).toBe(1);
  });

  it('covers the last 24 hours in at most 500 buckets unless told', async () => {
    const nester = await withReports([{ node: 'a', latency: 1 }]);

    const { body } = await ask(nester, '/api/nodes/a/history');

    expect(body.to - body.from).toBe(86_400_000);
    expect(body.step).toBe(5 * MINUTE);
    expect(body.t.length).toBeLessThanOrEqual(500);
    expect(body.t[0]).toBeLessThanOrEqual(body.from);
    expect(body.t.at(-1)! + body.step).toBeGreaterThan(body.to);
  });

  it('refuses parameters that make no sense, all at once', async () => {
    const nester = await withReports([{ node: 'a', latency: 1 }]);

    const { status, body } = await ask(nester, '/api/nodes/a/history?points=0&from=yesterday&to=x&metric=1st&target=');

    expect(status).toBe(400);
    expect(body.errors.map(({ path }) => path).sort()).toEqual(['from', 'metric', 'points', 'target', 'to']);
    expect((await ask(nester, '/api/nodes/a/history?points=2001')).body.errors).toMatchObject([{ path: 'points' }]);
    expect((await ask(nester, '/api/nodes/a/history?target=x&metric=devices')).body.errors).toMatchObject([{ path: 'metric' }]);
    expect((await ask(nester, `/api/nodes/a/history?from=${T0}&to=${T0 - 1}`)).body.errors).toMatchObject([{ path: 'from' }]);
  });

  it('knows nothing of a node that is not there, or was forgotten', async () => {
    const nester = await withReports([{ node: 'a', timestamp: T0, latency: 1 }]);

    expect((await ask(nester, '/api/nodes/b/history')).status).toBe(404);
    await nester.store.forget('a');
    expect((await ask(nester, '/api/nodes/a/history')).status).toBe(404);
    expect((await ask(nester, '/api/nodes/a/series')).status).toBe(404);
    await postReports(nester.url, [{ node: 'a', timestamp: T0 + 1, latency: 2 }]);
    expect((await ask(nester, `/api/nodes/a/history?from=${T0}&to=${T0}`)).body.max).toEqual([2]);
  });
});

describe('GET /api/nodes/:node/series', () => {
  it('tells which series there are, and of which time', async () => {
    const nester = await withReports([
      { node: 'a', timestamp: T0, latency: 1, metrics: { latency: 1 } },
      { node: 'a', timestamp: T0 + 5, latency: null, loss: 100, targets: [{ name: 'x.y', jitter: 1 }] },
      { node: 'a', timestamp: T0 + 9, latency: 1 },
    ]);

    expect((await ask(nester, '/api/nodes/a/series')).body).toEqual({
      series: [
        { metric: 'latency', from: T0, to: T0 + 9 },
        { metric: 'metrics.latency', from: T0, to: T0 },
        { metric: 'loss', from: T0 + 5, to: T0 + 5 },
        { metric: 'jitter', target: 'x.y', from: T0 + 5, to: T0 + 5 },
      ],
    });
  });
});

describe('GET /api/sparklines', () => {
  it('gives the averages of several nodes on one time axis, and leaves out unknown ones', async () => {
    const now = Date.now();
    const nester = await withReports([
      { node: 'a', timestamp: now, latency: 1 },
      { node: 'a', timestamp: now - 10 * MINUTE, latency: 4 },
      { node: '__proto__', timestamp: now, latency: 2 },
    ]);

    const { body } = await ask(nester, '/api/sparklines?node=a&node=__proto__&node=c&minutes=60&points=6');

    expect(body).toMatchObject({ metric: 'latency', step: 10 * MINUTE });
    expect(Object.keys(body.nodes)).toEqual(['a', '__proto__']);
    expect(body.nodes.a).toEqual([null, null, null, null, 4, 1]);
    expect(body.from).toBe(Math.floor(now / body.step - 5) * body.step);
  });

  it('refuses none and more than a hundred nodes', async () => {
    const nester = await startMemoryNester();
    const hundred = Array.from({ length: 101 }, (_, n) => `node=${n}`).join('&');

    expect((await ask(nester, '/api/sparklines')).body.errors).toMatchObject([{ path: 'node' }]);
    expect((await ask(nester, `/api/sparklines?${hundred}&minutes=0`)).body.errors).toMatchObject([{ path: 'minutes' }, { path: 'node' }]);
    expect((await ask(nester, `/api/sparklines?${hundred.slice(7)}`)).body).toMatchObject({ nodes: {} });
  });
});
