import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFolder, type RunningNester, startNester } from './support/program.ts';
import { postReports, until } from './support/requests.ts';

const HOUR = 3_600_000;
const NOW = Date.now();
/** Reports a minute apart, over the day and a half before the last full hour. */
const FIRST = Math.floor(NOW / HOUR) * HOUR - 36 * HOUR;
const COUNT = 36 * 60;

interface History {
  step: number;
  t: number[];
  min: (number | null)[];
  avg: (number | null)[];
  max: (number | null)[];
  count: number[];
}

const latencyOf = (n: number): number => Math.round((10 + 5 * Math.sin(n / 50) + (n % 7)) * 100) / 100;

/** Sends every report of the node whose number `wanted` names. */
async function send(nester: RunningNester, wanted: (n: number) => boolean): Promise<void> {
  const reports = Array.from({ length: COUNT }, (_, n) => n)
    .filter(wanted)
    .map((n) => ({ node: 'lyon-01', timestamp: FIRST + n * 60_000, latency: latencyOf(n), metrics: { cpu: n % 100 } }));
  for (let at = 0; at < reports.length; at += 1_000) await postReports(nester.url, reports.slice(at, at + 1_000));
}

async function history(nester: RunningNester, query: string): Promise<History> {
  const response = await fetch(`${nester.url}/api/nodes/lyon-01/history?${query}`);
  expect(response.status).toBe(200);
  return (await response.json()) as History;
}

/** What all reports with these numbers come to, bucket by bucket. */
function expected({ t, step }: History, wanted: (n: number) => boolean): Omit<History, 't' | 'step' | 'avg'> {
  const buckets = t.map((from) => Array.from({ length: COUNT }, (_, n) => n).filter((n) => wanted(n) && FIRST + n * 60_000 >= from && FIRST + n * 60_000 < from + step).map(latencyOf));
  return {
    min: buckets.map((values) => (values.length === 0 ? null : Math.min(...values))),
    max: buckets.map((values) => (values.length === 0 ? null : Math.max(...values))),
    count: buckets.map((values) => values.length),
  };
}

const LAST = FIRST + (COUNT - 1) * 60_000;
const WHOLE = `from=${FIRST}&to=${LAST}`;
/** Days that it touches: as few buckets can only be of a day, whatever time it is now. */
const DAYS = Math.floor(LAST / (24 * HOUR)) - Math.floor(FIRST / (24 * HOUR)) + 1;

describe('the history of a site', () => {
  it('is the same after a kill, as long as reports are kept', async () => {
    const dataDir = makeFolder();
    const first = await startNester({ dataDir });
    await send(first, () => true);
    const before = await history(first, `${WHOLE}&points=500`);
    await first.kill();

    const nester = await startNester({ dataDir });

    const after = await history(nester, `${WHOLE}&points=500`);
    expect(after).toEqual(before);
    expect(after.step).toBe(300_000);
    expect(after).toMatchObject(expected(after, () => true));
    await nester.stop();
  });

  it('outlives the reports themselves, and takes what comes late, over kills at any moment', async () => {
    const dataDir = makeFolder();
    const env = { NESTER_RETENTION: '1s' };
    const isLate = (n: number): boolean => n % 10 === 3;
    let nester = await startNester({ dataDir, env });
    await send(nester, (n) => !isLate(n));
    for (let kill = 0; kill < 5; kill++) {
      // A different moment each time.
      for (let n = 0; n < kill * kill * 10; n++) await fetch(`${nester.url}/healthz`);
      await nester.kill();
      nester = await startNester({ dataDir, env });
    }
    await send(nester, isLate);

    // All but the last of the node are retired.
    await until('one report is left', async () => ((await (await fetch(`${nester.url}/api/reports`)).json()) as unknown[]).length === 1, 30_000);

    const hourly = await history(nester, `${WHOLE}&points=500`);
    expect(hourly.step).toBe(HOUR);
    expect(hourly).toMatchObject(expected(hourly, () => true));
    const daily = await history(nester, `${WHOLE}&points=${DAYS}`);
    expect(daily.step).toBe(24 * HOUR);
    expect(daily).toMatchObject(expected(daily, () => true));
    await nester.stop();

    const lines = JSON.parse(fs.readFileSync(path.join(dataDir, 'history.json'), 'utf8')) as { node?: string; hours?: object }[];
    expect(lines.some(({ node, hours }) => node === 'lyon-01' && hours !== undefined && 'metrics.cpu' in hours)).toBe(true);
  }, 90_000);

  it('goes with the site when it is forgotten, on disk too', async () => {
    const dataDir = makeFolder();
    const nester = await startNester({ dataDir, env: { NESTER_RETENTION: '1s' } });
    await send(nester, () => true);
    await postReports(nester.url, [{ node: 'lille-02', timestamp: FIRST, latency: 1 }, { node: 'lille-02', timestamp: FIRST + 1, latency: 1 }]);
    const text = (): string => fs.readFileSync(path.join(dataDir, 'history.json'), 'utf8');
    await until('both are in history.json', () => fs.existsSync(path.join(dataDir, 'history.json')) && text().includes('lyon-01') && text().includes('lille-02'), 30_000);

    const answer = await fetch(`${nester.url}/api/nodes/lyon-01`, { method: 'DELETE' });

    expect(answer.status).toBe(204);
    expect(text()).not.toContain('lyon-01');
    expect(text()).toContain('lille-02');
    await nester.stop();
  }, 60_000);
});
