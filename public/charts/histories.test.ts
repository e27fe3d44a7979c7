import { describe, expect, it } from 'vitest';
import type { LiveReport } from '../../protocol/node-state.ts';
import { createHistories } from './histories.ts';
import type { History, SeriesName } from './history.ts';
import { aHistory } from './history-builders.ts';
import type { Window } from './span.ts';

const HOUR_MS = 3_600_000;
const NOW_MS = 1_000 * HOUR_MS;
const latency: SeriesName = { metric: 'latency' };

function rig(answer: (window: Window) => History | null = ({ fromMs }) => aHistory(new Array<null>(61).fill(null), { from: fromMs })) {
  let nowMs = NOW_MS;
  const asked: { series: SeriesName; window: Window; answer: (history?: History | null) => void }[] = [];
  let changes = 0;
  const histories = createHistories({
    fetchHistory: (series, window) =>
      new Promise((resolve) => asked.push({ series, window, answer: (history = answer(window)) => resolve(history) })),
    now: () => nowMs,
    onChange: () => changes++,
  });
  histories.look({ kind: 'last', name: '1h' });
  const report = (atMs: number, value: number): LiveReport => ({ node: 'a', timestamp: new Date(atMs).toISOString(), receivedAt: atMs, latency: value });
  return {
    histories,
    asked,
    report,
    changes: () => changes,
    pass: (ms: number) => (nowMs += ms),
    arrive: async (): Promise<void> => {
      asked.at(-1)?.answer();
      await histories.settled();
    },
  };
}

describe('histories', () => {
  it('asks for a series once, however often it is wanted', async () => {
    const { histories, asked, arrive, changes } = rig();

    histories.want(latency);
    histories.want({ metric: 'latency' });
    await arrive();

    expect(asked.map(({ window }) => window)).toEqual([{ fromMs: NOW_MS - HOUR_MS, toMs: NOW_MS }]);
    expect(histories.of(latency)?.t).toHaveLength(61);
    expect(changes()).toBe(1);
  });

  it('counts on whenever a series is to be drawn otherwise, and only that series', async () => {
    const { histories, asked, report, pass } = rig();
    const loss: SeriesName = { metric: 'loss' };
    const editions = (): number[] => [histories.editionOf(latency), histories.editionOf(loss)];
    const before = editions();
    histories.want(latency);
    histories.want(loss);
    const wanted = editions();
    asked[0]?.answer();
    asked[1]?.answer(null);
    await histories.settled();
    const arrived = editions();
    histories.hear(report(NOW_MS - 1_000, 33));
    const heard = editions();
    pass(90_000);
    histories.tick();
    const ticked = editions();

    expect(before).toEqual([0, 0]);
    expect(wanted).toEqual([1, 1]);
    expect(arrived).toEqual([2, 2]);
    expect(heard).toEqual([3, 2]);
    expect(ticked).toEqual([4, 2]);
  });

  it('shows a live report without asking again, also when time has gone on', async () => {
    const { histories, asked, arrive, report, pass } = rig();
    histories.want(latency);
    await arrive();

    pass(90_000);
    histories.hear(report(NOW_MS + 70_000, 33));

    expect(asked).toHaveLength(1);
    expect(histories.of(latency)?.avg.at(-1)).toBe(33);
    expect(histories.of(latency)?.t.at(-1)).toBe(NOW_MS + 60_000);
  });

  it('asks once more when a report came while the answer was on its way: it may not be in it', async () => {
    const { histories, asked, report } = rig();
    histories.want(latency);

    histories.hear(report(NOW_MS - 1_000, 33));
    asked[0]?.answer(aHistory([1]));
    asked[1]?.answer(aHistory([33]));
    await histories.settled();

    expect(asked).toHaveLength(2);
    expect(histories.of(latency)?.avg.filter((value) => value !== null)).not.toContain(1);
  });

  it('asks up to now and the newest report heard, not up to the last tick: the first value of a series would be missing', async () => {
    const { histories, asked, report, pass } = rig(() => null);
    const loss: SeriesName = { metric: 'loss' };
    histories.want(latency);
    asked[0]?.answer(null);
    await histories.settled();

    pass(900);
    histories.hear(report(NOW_MS + 950, 33));
    pass(100);
    histories.want(loss);

    expect(asked.map(({ window }) => window.toMs - NOW_MS)).toEqual([0, 950, 1_000]);
  });

  it('moves on with the clock, bucket by bucket', async () => {
    const { histories, arrive, pass } = rig();
    histories.want(latency);
    await arrive();

    pass(30_000);
    const early = histories.tick();
    pass(35_000);
    const later = histories.tick();

    expect([early, later]).toEqual([false, true]);
    expect(histories.window()).toEqual({ fromMs: NOW_MS + 65_000 - HOUR_MS, toMs: NOW_MS + 65_000 });
    expect(histories.tick()).toBe(false);
  });

  it('stands still for a stretch between two instants', async () => {
    const { histories, arrive, report, pass } = rig();
    histories.look({ kind: 'between', fromMs: 0, toMs: HOUR_MS });
    histories.want(latency);
    await arrive();

    pass(HOUR_MS);
    histories.hear(report(NOW_MS, 33));

    expect(histories.tick()).toBe(false);
    expect(histories.of(latency)?.avg).not.toContain(33);
  });

  it('asks for all that is wanted when another stretch is looked at, and takes no answer for the old one', async () => {
    const { histories, asked } = rig();
    histories.want(latency);

    histories.look({ kind: 'last', name: '7d' });
    asked[0]?.answer(aHistory([1]));
    asked[1]?.answer(null);
    await histories.settled();

    expect(asked).toHaveLength(2);
    expect(histories.of(latency)).toBeNull();
  });

  it('shows the old stretch until the new one is there, but does not move it on', async () => {
    const { histories, asked, arrive, report, pass } = rig();
    histories.want(latency);
    await arrive();
    histories.hear(report(NOW_MS - 1_000, 33));

    histories.look({ kind: 'last', name: '7d' });
    pass(10 * HOUR_MS);
    histories.tick();
    const meanwhile = [...(histories.of(latency)?.avg ?? [])];
    asked.at(-1)?.answer(aHistory([5]));
    await histories.settled();

    expect(meanwhile).toHaveLength(61);
    expect(meanwhile).toContain(33);
    expect(histories.of(latency)?.avg).not.toContain(33);
  });

  it('forgets all when the node is forgotten, and asks anew when it reports again', async () => {
    const { histories, asked, arrive, report } = rig();
    histories.want(latency);
    await arrive();

    histories.forget();
    const forgotten = histories.of(latency);
    histories.hear(report(NOW_MS, 33));

    expect(forgotten).toBeNull();
    expect(asked).toHaveLength(2);
  });

  it('keeps what it shows while it asks anew, and when that fails', async () => {
    const { histories, asked, arrive, report } = rig();
    histories.want(latency);
    await arrive();
    histories.hear(report(NOW_MS - 1_000, 33));

    histories.refresh();
    const meanwhile = histories.of(latency)?.avg.includes(33);
    asked.at(-1)?.answer(null);
    await histories.settled();

    expect(meanwhile).toBe(true);
    expect(histories.of(latency)?.avg.includes(33)).toBe(true);
  });
});
