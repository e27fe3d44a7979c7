import { setImmediate as breathe } from 'node:timers/promises';
import type { Archive } from './archive.ts';
import { COUNTED } from './block.ts';
import { type BucketColumns, type Buckets, createBuckets } from './buckets.ts';
import { type DayEntry, entriesBetween } from './day-index.ts';
import { dayOf, type DayValues, hourOf } from './day-values.ts';
import { rowsBetween } from './node-columns.ts';
import { countedRows, type NodeRecord } from './records.ts';
import { keyOf, nameOf, type SeriesName } from './series.ts';
import { seriesBounds } from './series-bounds.ts';
import { DAY_MS, type Grid, gridEnd, gridOf, HOUR_MS } from './step-ladder.ts';

export interface Question {
  node: string;
  series: SeriesName;
  fromMs: number;
  toMs: number;
  points: number;
}

export interface Answer extends BucketColumns {
  step: number;
}

export interface SeriesSpan extends SeriesName {
  /** Epoch ms of the first and of the last value; to the hour where only history.json knows it. */
  from: number;
  to: number;
}

export interface Questions {
  values(record: NodeRecord, question: Omit<Question, 'node'>): Promise<Answer>;
  series(record: NodeRecord): Promise<SeriesSpan[]>;
  /** Of the columns alone. */
  averages(record: NodeRecord, series: SeriesName, grid: Grid): (number | null)[];
}

/** Work done in one go; a long answer gives way to everything else after it. */
const SLICE_MS = 8;

/**
 * Answers from the columns wherever they have all there is to know of a day, and from the day's
 * line and what is not in it yet where they have not.
 */
export function createQuestions({ archive, monotonicMs }: { archive: Archive; monotonicMs: () => number }): Questions {
  function createPace(): () => Promise<void> {
    let endMs = monotonicMs() + SLICE_MS;
    return async () => {
      if (monotonicMs() < endMs) return;
      await breathe();
      endMs = monotonicMs() + SLICE_MS;
    };
  }

  /** Lines of days in [from, to) that count reports which are in the columns no more. */
  function* partlyGone(record: NodeRecord, from: number, to: number): Generator<DayEntry> {
    if (record.isGone) return;
    for (const entry of entriesBetween(record.lines, from, to)) {
      if (entry.reports > countedRows(record, entry.day)) yield entry;
    }
  }

  /** The grid asked for, or the next one by which every bucket can be filled. */
  async function gridFor(record: NodeRecord, { fromMs, toMs, points }: Omit<Question, 'node'>): Promise<Grid> {
    let grid = gridOf(fromMs, toMs, points);
    if (grid.stepMs < HOUR_MS && (await lacksReports(record, grid))) grid = gridOf(fromMs, toMs, points, HOUR_MS);
    if (grid.stepMs < DAY_MS) {
      for (const { kind } of partlyGone(record, dayOf(grid.startMs), dayOf(gridEnd(grid) - 1) + 1)) {
        if (kind.isWhole) return gridOf(fromMs, toMs, points, DAY_MS);
      }
    }
    return grid;
  }

  /** Whether an hour that a grid touches has reports which are in the columns no more. */
  async function lacksReports(record: NodeRecord, grid: Grid): Promise<boolean> {
    const entries = [...partlyGone(record, dayOf(grid.startMs), dayOf(gridEnd(grid) - 1) + 1)];
    // A day in between is touched in all its hours.
    const isWithin = ({ day }: DayEntry): boolean => day * DAY_MS >= grid.startMs && (day + 1) * DAY_MS <= gridEnd(grid);
    if (entries.some((entry) => entry.kind.isWhole || isWithin(entry))) return true;
    let lacks = false;
    for await (const { day, reports } of archive.read(record, entries)) {
      const kept = hourlyRows(record, day);
      for (const [hour, count] of reports.entries()) {
        const beginMs = day * DAY_MS + hour * HOUR_MS;
        if (count > (kept[hour] ?? 0) && beginMs < gridEnd(grid) && beginMs + HOUR_MS > grid.startMs) lacks = true;
      }
    }
    return lacks;
  }

  /** Values of reports without the flags of `mask`. `false`: what was begun is void by now. */
  async function addRows(buckets: Buckets, record: NodeRecord, key: string, fromMs: number, toMs: number, mask: number, pace: () => Promise<void>): Promise<boolean> {
    const { version } = record;
    for (const { block, from, to } of rowsBetween(record.columns, fromMs, toMs)) {
      const series = block.layout.keys.indexOf(key);
      if (series !== -1) buckets.addRows(block, series, from, to, mask);
      await pace();
      if (record.version !== version) return false;
    }
    return true;
  }

  /** `undefined`: lines were written or reports retired meanwhile, and it would not add up. */
  async function tryValues(record: NodeRecord, question: Omit<Question, 'node'>): Promise<Answer | undefined> {
    const key = keyOf(question.series);
    const grid = await gridFor(record, question);
    const endMs = gridEnd(grid);
    const buckets = createBuckets(grid);
    const pace = createPace();
    const { version } = record;
    const gone = grid.stepMs < HOUR_MS ? [] : [...partlyGone(record, dayOf(grid.startMs), dayOf(endMs - 1) + 1)];
    const lines = archive.read(record, gone);
    let fromMs = grid.startMs;
    for (const { day } of [...gone, { day: Infinity }]) {
      const dayMs = Math.min(endMs, Math.max(fromMs, day * DAY_MS));
      const nextMs = Math.min(endMs, (day + 1) * DAY_MS);
      if (!(await addRows(buckets, record, key, fromMs, dayMs, 0, pace))) break;
      if (!(await addRows(buckets, record, key, dayMs, nextMs, COUNTED, pace))) break;
      fromMs = nextMs;
    }
    for await (const line of lines) {
      addLine(buckets, line, key, grid);
      await pace();
    }
    return record.version === version ? { step: grid.stepMs, ...buckets.columns() } : undefined;
  }

  async function values(record: NodeRecord, question: Omit<Question, 'node'>): Promise<Answer> {
    for (;;) {
      const answer = await tryValues(record, question);
      if (answer) return answer;
    }
  }

  async function series(record: NodeRecord): Promise<SeriesSpan[]> {
    const spans = new Map<string, { from: number; to: number }>();
    const widen = (key: string, from: number, to: number): void => {
      const span = spans.get(key);
      if (!span) spans.set(key, { from, to });
      else Object.assign(span, { from: Math.min(span.from, from), to: Math.max(span.to, to) });
    };
    const pace = createPace();
    const entries = [...partlyGone(record, -Infinity, Infinity)];
    for (const { block } of rowsBetween(record.columns, -Infinity, Infinity)) {
      for (const [number, key] of block.layout.keys.entries()) {
        const bounds = seriesBounds(block, number);
        if (bounds) widen(key, bounds.from, bounds.to);
      }
    }
    for await (const { day, series: lines, isWhole } of archive.read(record, entries)) {
      for (const [key, sums] of lines) {
        const first = sums.findIndex((sum) => sum !== undefined);
        if (first === -1) continue;
        const lastEnd = isWhole ? DAY_MS : sums.length * HOUR_MS;
        widen(key, day * DAY_MS + first * HOUR_MS, day * DAY_MS + lastEnd - 1);
      }
      await pace();
    }
    return Array.from(spans, ([key, span]) => ({ ...nameOf(key), ...span }));
  }

  return {
    values,
    series,
    averages(record, name, grid) {
      const buckets = createBuckets(grid);
      const key = keyOf(name);
      for (const { block, from, to } of rowsBetween(record.columns, grid.startMs, gridEnd(grid))) {
        const number = block.layout.keys.indexOf(key);
        if (number !== -1) buckets.addRows(block, number, from, to, 0);
      }
      return buckets.columns().avg;
    },
  };
}

function hourlyRows({ columns }: NodeRecord, day: number): number[] {
  const hours = new Array<number>(24).fill(0);
  for (const { block, from, to } of rowsBetween(columns, day * DAY_MS, (day + 1) * DAY_MS)) {
    for (let row = from; row < to; row++) {
      if (((block.flags[row] ?? 0) & COUNTED) === 0) continue;
      const hour = hourOf(block.time[row] ?? 0);
      hours[hour] = (hours[hour] ?? 0) + 1;
    }
  }
  return hours;
}

/** Those hours of a line that lie within the grid. */
function addLine(buckets: Buckets, { day, series, isWhole }: DayValues, key: string, grid: Grid): void {
  for (const [hour, sum] of (series.get(key) ?? []).entries()) {
    const timeMs = day * DAY_MS + (isWhole ? 0 : hour * HOUR_MS);
    if (sum && timeMs >= grid.startMs && timeMs < gridEnd(grid)) buckets.addSum(timeMs, sum);
  }
}
