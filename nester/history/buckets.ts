import { type Block, LATE } from './block.ts';
import { fromNarrow } from './narrow.ts';
import type { Grid } from './step-ladder.ts';
import type { Sum } from './sum.ts';

/** What a bucket of a series comes to. */
export interface BucketColumns {
  /** Beginnings, epoch ms. */
  t: number[];
  min: (number | null)[];
  avg: (number | null)[];
  max: (number | null)[];
  count: number[];
  /** How many of `count` came late. */
  late: number[];
}

/** Gathers values of one series into the buckets of a grid. */
export interface Buckets {
  /**
   * Values of rows `from` to `to` (excluded) of a block whose flags, masked by `mask`, are 0.
   * All rows lie within the grid.
   */
  addRows(block: Block, series: number, from: number, to: number, mask: number): void;
  /** What was counted before, all of it in the bucket that holds `timeMs`. */
  addSum(timeMs: number, sum: Sum): void;
  columns(): BucketColumns;
}

/** Digits of an average that are worth telling: the values behind it were kept with seven. */
const AVERAGE_DIGITS = 7;

export function createBuckets({ startMs, stepMs, count: length }: Grid): Buckets {
  // Floats among themselves: they become what was sent once, at the end, and not each time.
  const narrowMin = new Float64Array(length).fill(Infinity);
  const narrowMax = new Float64Array(length).fill(-Infinity);
  const min = new Float64Array(length).fill(Infinity);
  const max = new Float64Array(length).fill(-Infinity);
  const sum = new Float64Array(length);
  const count = new Float64Array(length);
  const late = new Float64Array(length);

  return {
    addRows({ layout, time, flags, narrow, wide }, series, from, to, mask) {
      const isWide = layout.wide[series] ?? false;
      const values = isWide ? wide : narrow;
      const lows = isWide ? min : narrowMin;
      const highs = isWide ? max : narrowMax;
      const columns = isWide ? layout.wideColumns : layout.narrowColumns;
      const column = layout.column[series] ?? 0;
      for (let row = from; row < to; row++) {
        const value = values[row * columns + column] ?? NaN;
        const flag = flags[row] ?? 0;
        if (Number.isNaN(value) || (flag & mask) !== 0) continue;
        const at = Math.floor(((time[row] ?? 0) - startMs) / stepMs);
        if (value < (lows[at] ?? 0)) lows[at] = value;
        if (value > (highs[at] ?? 0)) highs[at] = value;
        sum[at] = (sum[at] ?? 0) + value;
        count[at] = (count[at] ?? 0) + 1;
        if ((flag & LATE) !== 0) late[at] = (late[at] ?? 0) + 1;
      }
    },
    addSum(timeMs, more) {
      const at = Math.floor((timeMs - startMs) / stepMs);
      min[at] = Math.min(min[at] ?? Infinity, more.min);
      max[at] = Math.max(max[at] ?? -Infinity, more.max);
      sum[at] = (sum[at] ?? 0) + more.sum;
      count[at] = (count[at] ?? 0) + more.count;
      late[at] = (late[at] ?? 0) + more.late;
    },
    columns() {
      const columns: BucketColumns = { t: [], min: [], avg: [], max: [], count: [], late: [] };
      for (let at = 0; at < length; at++) {
        const values = count[at] ?? 0;
        columns.t.push(startMs + at * stepMs);
        columns.count.push(values);
        columns.late.push(late[at] ?? 0);
        const low = Math.min(min[at] ?? Infinity, fromNarrow(narrowMin[at] ?? Infinity));
        const high = Math.max(max[at] ?? -Infinity, fromNarrow(narrowMax[at] ?? -Infinity));
        columns.min.push(values === 0 ? null : low);
        columns.max.push(values === 0 ? null : high);
        columns.avg.push(values === 0 ? null : averageOf(sum[at] ?? 0, values, low, high));
      }
      return columns;
    },
  };
}

/** Never outside of what it is the average of, whatever was lost to rounding. */
function averageOf(sum: number, count: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, Number((sum / count).toPrecision(AVERAGE_DIGITS))));
}
