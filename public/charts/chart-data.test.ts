import { describe, expect, it } from 'vitest';
import { chartDataOf } from './chart-data.ts';
import type { History } from './history.ts';
import { aHistory } from './history-builders.ts';

const line = (metric: string) => ({ series: { metric }, label: metric });
const from = (histories: Record<string, History | null>) => ({ metric }: { metric: string }) => histories[metric];

describe('data of a chart', () => {
  it('is a line with its band where there is one series', () => {
    const history = { ...aHistory([10, null, 30]), min: [5, null, 30], max: [20, null, 30] };

    const data = chartDataOf({ lines: [line('latency')] }, from({ latency: history }), 60_000);

    expect(data).toMatchObject({ t: [0, 60_000, 120_000], band: { min: [5, undefined, 30], max: [20, undefined, 30] } });
  });

  it('is a line each over the same times where there are several, also when one is coarser', () => {
    const data = chartDataOf(
      { lines: [line('a'), line('b')] },
      from({ a: aHistory([1, 2, 3, 4]), b: aHistory([10, 20], { step: 120_000 }) }),
      60_000,
    );

    expect(data?.band).toBeUndefined();
    expect(data?.t).toEqual([0, 60_000, 120_000, 180_000]);
    expect(data?.lines).toEqual([
      [1, 2, 3, 4],
      [10, undefined, 20, undefined],
    ]);
  });

  it('tells of a backfilled stretch also where the line had no answer in it', () => {
    const data = chartDataOf(
      { lines: [line('latency')], loss: { metric: 'loss' } },
      from({ latency: aHistory([1, null, null, 2]), loss: aHistory([0, 100, 100, 0], { late: [1, 2] }) }),
      60_000,
    );

    expect(data?.late).toEqual([{ fromMs: 60_000, toMs: 180_000 }]);
    expect(data?.loss).toEqual([0, 100, 100, 0]);
  });

  it('is none where there is nothing to draw', () => {
    expect(chartDataOf({ lines: [line('a')] }, from({ a: null }), 60_000)).toBeUndefined();
    expect(chartDataOf({ lines: [line('a')] }, from({ a: aHistory([null]) }), 60_000)).toBeUndefined();
    expect(chartDataOf({ lines: [line('a')] }, from({}), 60_000)).toBeUndefined();
  });
});
