import { describe, expect, it } from 'vitest';
import { createHistoryRig, HISTORY_FILE, type HistoryRig } from '../../test/support/history-rig.ts';
import { createSimulatedDisk, type SimulatedDisk } from '../../test/support/simulated-disk.ts';
import { DATA_FILE } from '../../test/support/store-rig.ts';
import { HOUR_MS } from './step-ladder.ts';

const DAY = 24 * HOUR_MS;
/** The first hour of a day long over by the clock of the rigs. */
const T0 = 1_795_305_600_000 - 2 * DAY;

/** Reports of node `a`, one an hour from T0 on, of latency 0, 1, 2... */
async function withHours(disk: SimulatedDisk, hours: number, options: Parameters<typeof createHistoryRig>[1] = {}): Promise<HistoryRig> {
  const rig = createHistoryRig(disk, options);
  await rig.open();
  for (let n = 0; n < hours; n++) await rig.store.append({ node: 'a', timestamp: new Date(T0 + n * HOUR_MS).toISOString(), latency: n }, (rig.clock.now += 10));
  return rig;
}

async function reopened(rig: HistoryRig, disk: SimulatedDisk, options: Parameters<typeof createHistoryRig>[1] = {}): Promise<HistoryRig> {
  const next = createHistoryRig(disk, options, rig.clock);
  await next.open();
  return next;
}

/** Latencies of the first day by hours: `[count, max]` where there is any. */
async function hourly(rig: HistoryRig): Promise<Record<number, [number, number | null]>> {
  const { t, count, max } = await rig.history.values({ node: 'a', series: { metric: 'latency' }, fromMs: T0, toMs: T0 + DAY - 1, points: 24 });
  const found: Record<number, [number, number | null]> = {};
  for (const [n, at] of t.entries()) if (count[n] !== 0) found[(at - T0) / HOUR_MS] = [count[n]!, max[n]!];
  return found;
}

/** An operator's edit of data.json, in the program of their choice. */
function edited(disk: SimulatedDisk, change: (reports: { latency: number }[]) => unknown[]): void {
  disk.put(DATA_FILE, JSON.stringify(change(JSON.parse(disk.text(DATA_FILE)!) as { latency: number }[])), 'replace');
}

async function edit(rig: HistoryRig, disk: SimulatedDisk, change: (reports: { latency: number }[]) => unknown[]): Promise<void> {
  edited(disk, change);
  await rig.tick();
  await rig.until('the edit is taken', () => rig.said.some((said) => said.includes('data.json was edited')));
  await rig.until('the file is ours again', () => disk.text(DATA_FILE)!.startsWith('[\n'));
}

const without = (latency: number) => (reports: { latency: number }[]) => reports.filter((report) => report.latency !== latency);
const changed = (from: number, to: number) => (reports: { latency: number }[]) => reports.map((report) => (report.latency === from ? { ...report, latency: to } : report));

describe('the history beside edits of data.json', () => {
  it('forgets what an operator took away, in the line too', async () => {
    const disk = createSimulatedDisk();
    const rig = await withHours(disk, 4);
    await rig.history.roll();
    expect(rig.lines()[0]?.hours?.latency).toHaveLength(4);

    await edit(rig, disk, without(2));

    expect(await hourly(rig)).toEqual({ 0: [1, 0], 1: [1, 1], 3: [1, 3] });
    await rig.history.roll();
    expect(rig.lines()[0]?.hours?.latency).toEqual([[0, 0, 0, 0, 1, 1], [1, 1, 1, 1, 1, 1], [3, 3, 3, 3, 1, 1]]);
    await rig.close();
  });

  it('counts a report that was changed once, with its new value', async () => {
    const disk = createSimulatedDisk();
    const rig = await withHours(disk, 3);
    await rig.history.roll();

    await edit(rig, disk, changed(1, 50));

    expect(await hourly(rig)).toEqual({ 0: [1, 0], 1: [1, 50], 2: [1, 2] });
    await rig.history.roll();
    expect(await hourly(rig)).toEqual({ 0: [1, 0], 1: [1, 50], 2: [1, 2] });
    await rig.close();
  });

  it.each(['while Nester runs, which is killed before the line is made anew', 'while Nester is stopped'])('knows of an edit made %s', async (when) => {
    const disk = createSimulatedDisk();
    const rig = await withHours(disk, 4);
    await rig.history.roll();
    let next = disk;
    if (when.includes('killed')) {
      await edit(rig, disk, (reports) => without(0)(changed(1, 50)(reports)));
      next = disk.crash();
    } else {
      await rig.close();
      edited(disk, (reports) => without(0)(changed(1, 50)(reports)));
    }

    const again = await reopened(rig, next);

    expect(await hourly(again)).toEqual({ 1: [1, 50], 2: [1, 2], 3: [1, 3] });
    await again.history.roll();
    const last = await reopened(rig, next.crash());
    expect(await hourly(last)).toEqual({ 1: [1, 50], 2: [1, 2], 3: [1, 3] });
  });

  it('leaves the line of a day as it is of which reports were retired, and counts nothing twice', async () => {
    const disk = createSimulatedDisk();
    const options = { maxReports: 3 };
    const rig = await withHours(disk, 6, options);
    await rig.until('three are left', () => rig.store.count() === 3);
    await rig.history.roll();
    const before = await hourly(rig);
    expect(Object.keys(before)).toHaveLength(6);

    await edit(rig, disk, (reports) => without(3)(changed(4, 50)(reports)));

    expect(await hourly(rig)).toEqual(before);
    await rig.close();
    const again = await reopened(rig, disk, options);
    expect(await hourly(again)).toEqual(before);
    await again.close();
  });
});

describe('the history beside its files', () => {
  it('is made anew from the reports kept, where history.json was deleted', async () => {
    const disk = createSimulatedDisk();
    const rig = await withHours(disk, 5);
    await rig.history.roll();
    const before = await hourly(rig);
    await rig.close();
    disk.remove(HISTORY_FILE);

    const again = await reopened(rig, disk);
    expect(await hourly(again)).toEqual(before);
    await again.history.roll();

    expect(again.lines()[0]?.hours?.latency).toHaveLength(5);
    await again.close();
  });

  it('keeps its lines when somebody deletes history.json while Nester runs', async () => {
    const disk = createSimulatedDisk();
    const options = { maxReports: 2 };
    const rig = await withHours(disk, 5, options);
    await rig.until('two are left', () => rig.store.count() === 2);
    const before = await hourly(rig);
    disk.remove(HISTORY_FILE);

    await rig.store.append({ node: 'a', timestamp: new Date(T0 + 9 * HOUR_MS).toISOString(), latency: 9 }, (rig.clock.now += 10));
    await rig.history.roll();

    expect(await hourly(rig)).toEqual({ ...before, 9: [1, 9] });
    await rig.close();
    expect(await hourly(await reopened(rig, disk, options))).toEqual({ ...before, 9: [1, 9] });
  });

  it.each([
    ['all its reports are kept', {}],
    ['some of its reports were retired', { maxReports: 3 }],
  ] as [string, { maxReports?: number }][])('counts nothing twice with another log, when %s', async (_what, options) => {
    const disk = createSimulatedDisk();
    const rig = await withHours(disk, 6, options);
    await rig.until('as many are left as may be', () => rig.store.count() <= (options.maxReports ?? 6));
    await rig.history.roll();
    await rig.close();
    for (const path of disk.paths()) if (path.includes('/log/')) disk.remove(path);

    const again = await reopened(rig, disk, options);

    const all = { 0: [1, 0], 1: [1, 1], 2: [1, 2], 3: [1, 3], 4: [1, 4], 5: [1, 5] };
    expect(await hourly(again)).toEqual(all);
    await again.store.append({ node: 'a', timestamp: new Date(T0 + 5 * HOUR_MS + 1).toISOString(), latency: 7 }, (again.clock.now += 10));
    await again.history.roll();
    expect(await hourly(again)).toEqual({ ...all, 5: [2, 7] });
    await again.close();
    expect(await hourly(await reopened(rig, disk, options))).toEqual({ ...all, 5: [2, 7] });
  });

  it('retires nothing while history.json cannot be written, and goes on when it can', async () => {
    const disk = createSimulatedDisk();
    const rig = await withHours(disk, 3, { maxReports: 3 });
    disk.setFault(({ kind, path }) => (kind === 'write' && path.includes('history.json') ? { fail: 'ENOSPC' } : undefined));
    await rig.store.append({ node: 'a', timestamp: new Date(T0 + 3 * HOUR_MS).toISOString(), latency: 3 }, (rig.clock.now += 10));
    await rig.until('it says so', () => rig.said.some((said) => said.includes('old reports could not be removed')));
    expect(rig.store.count()).toBe(4);

    disk.setFault(undefined);
    await rig.tick();
    await rig.until('three are left', () => rig.store.count() === 3);

    expect(await hourly(rig)).toEqual({ 0: [1, 0], 1: [1, 1], 2: [1, 2], 3: [1, 3] });
    await rig.close();
  });

  it('answers for a node before all others were read', async () => {
    const disk = createSimulatedDisk();
    const rig = await withHours(disk, 3);
    await rig.close();
    const again = createHistoryRig(disk, {}, rig.clock);
    await again.store.open();
    again.history.start();
    await again.store.append({ node: 'a', timestamp: new Date(T0 + 7 * HOUR_MS).toISOString(), latency: 7 }, (again.clock.now += 10));

    expect(await hourly(again)).toEqual({ 0: [1, 0], 1: [1, 1], 2: [1, 2], 7: [1, 7] });
    await again.history.filled();
    expect(await hourly(again)).toEqual({ 0: [1, 0], 1: [1, 1], 2: [1, 2], 7: [1, 7] });
    await again.close();
  });

  it('answers all or nothing when the node is forgotten meanwhile, and holds none of its lines for damaged', async () => {
    const disk = createSimulatedDisk();
    const rig = await withHours(disk, 30, { maxReports: 1 });
    await rig.until('one is left', () => rig.store.count() === 1);
    const asked = Array.from({ length: 10 }, () => rig.history.values({ node: 'a', series: { metric: 'latency' }, fromMs: T0, toMs: T0 + 2 * DAY - 1, points: 48 }));
    const rolled = rig.history.roll();

    await rig.store.forget('a');

    await rolled;
    for (const { count } of await Promise.all(asked)) expect([0, 30]).toContain(count.reduce((sum, of) => sum + of, 0));
    expect(rig.said.filter((said) => said.includes('damaged'))).toEqual([]);
    expect(await rig.history.series('a')).toEqual([]);
    await rig.close();
  });

  it('gives one value a day for days more than 400 days ago', async () => {
    const disk = createSimulatedDisk();
    const rig = await withHours(disk, 30, { maxReports: 1 });
    await rig.until('one is left', () => rig.store.count() === 1);
    rig.clock.now += 500 * DAY;
    await rig.history.roll();

    expect(rig.lines()).toMatchObject([
      { reports: 24, whole: { latency: [0, 11.5, 23, 24, 24] } },
      { reports: 6, whole: { latency: [24, 26.5, 29, 6, 6] } },
    ]);
    const answer = await rig.history.values({ node: 'a', series: { metric: 'latency' }, fromMs: T0, toMs: T0 + 10, points: 500 });
    expect(answer).toMatchObject({ step: DAY, t: [T0], min: [0], avg: [11.5], max: [23], count: [24], late: [24] });
    expect(await rig.history.series('a')).toEqual([{ metric: 'latency', from: T0, to: T0 + 2 * DAY - 1 }]);
    await rig.close();
  });
});
