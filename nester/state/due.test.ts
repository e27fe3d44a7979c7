import { describe, expect, it } from 'vitest';
import { type Expectation, lateAtMs, nextChangeMs, nextDueMs, offlineAtMs, silentSinceMs, statusAt } from './due.ts';

const BASE = 1_800_000_000_000;
const every = (intervalSeconds: number, goneAfterMs?: number): Expectation => ({
  baseMs: BASE,
  intervalSeconds,
  goneAtMs: goneAfterMs === undefined ? undefined : BASE + goneAfterMs,
  pausedUntilMs: undefined,
});

describe('due times', () => {
  it.each([
    [1, 1_000, 6_250, 8_000],
    [60, 60_000, 80_000, 185_000],
    [604_800, 604_800_000, 756_005_000, 1_814_405_000],
  ])('expects a node that reports every %i s', (interval, due, late, offline) => {
    const expected = every(interval);

    expect(nextDueMs(expected) - BASE).toBe(due);
    expect(lateAtMs(expected) - BASE).toBe(late);
    expect(offlineAtMs(expected) - BASE).toBe(offline);
  });

  it('changes status at the millisecond of each due time', () => {
    const statuses = [79_999, 80_000, 184_999, 185_000].map((ms) => statusAt(every(60), BASE + ms));

    expect(statuses).toEqual(['online', 'late', 'late', 'offline']);
  });

  it('takes a node whose socket is gone for dark only once a report is due', () => {
    const gone = every(60, 1_000);

    expect(statusAt(gone, BASE + 59_999)).toBe('online');
    expect(statusAt(gone, BASE + 60_000)).toBe('offline');
  });

  it('gives a lost socket 30 s to come back when a report is due already', () => {
    const gone = every(60, 55_000);

    expect(statusAt(gone, BASE + 80_000)).toBe('late');
    expect(statusAt(gone, BASE + 84_999)).toBe('late');
    expect(statusAt(gone, BASE + 85_000)).toBe('offline');
  });

  it('never takes a node for dark later because its socket is gone', () => {
    expect(offlineAtMs(every(1, 7_000))).toBe(offlineAtMs(every(1)));
  });

  it('names the next change of each status', () => {
    expect(nextChangeMs(every(60), 'online') - BASE).toBe(80_000);
    expect(nextChangeMs(every(60, 0), 'online') - BASE).toBe(60_000);
    expect(nextChangeMs(every(60), 'late') - BASE).toBe(185_000);
    expect(nextChangeMs(every(60), 'offline')).toBe(Infinity);
  });

  it('expects nothing of a node that is paused, until its time has come', () => {
    const paused = { ...every(60, 1_000), pausedUntilMs: BASE + 150_000 };

    expect([0, 80_000, 149_999, 150_000].map((ms) => statusAt(paused, BASE + ms))).toEqual(['paused', 'paused', 'paused', 'offline']);
    expect(nextChangeMs(paused, 'paused') - BASE).toBe(150_000);
    expect(silentSinceMs(paused, 'offline') - BASE).toBe(150_000);
    expect(silentSinceMs({ ...paused, pausedUntilMs: BASE + 1 }, 'offline') - BASE).toBe(60_000);
  });

  it('counts a fraction of a second in whole milliseconds', () => {
    expect(nextDueMs(every(1.2345)) - BASE).toBe(1_235);
  });
});
