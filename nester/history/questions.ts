import { setImmediate as breathe } from 'node:timers/promises';
import type { Archive } from './archive.ts';
import { COUNTED } from './block.ts';
import { type BucketColumns, type Buckets, createBuckets } from './buckets.ts';
import type { DayEntry } from './day-index.ts';
import { dayOf, type DayValues, hourOf } from './day-values.ts';
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
    for (const entry of record.lines.between(from, to)) {
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

  function addRows(buckets: Buckets, { columns }: NodeRecord, key: string, fromMs: number, toMs: number, mask: number): void {
    for (const { block, from, to } of columns.rows(fromMs, toMs)) {
      const series = block.layout.keys.indexOf(key);
      if (series !== -1) buckets.addRows(block, series, from, to, mask);
    }
  }

  async function values(record: NodeRecord, question: Omit<Question, 'node'>): Promise<Answer> {
    const key = keyOf(question.series);
    const grid = await gridFor(record, question);
    const endMs = gridEnd(grid);
    const buckets = createBuckets(grid);
    const pace = createPace();
    // Day by day, each as it is at one moment: lines are written and reports retired meanwhile.
    for (const { from, to } of daysOf(record, grid.startMs, endMs)) {
      const gone = grid.stepMs < HOUR_MS ? [] : [...partlyGone(record, dayOf(from), dayOf(from) + 1)];
      addRows(buckets, record, key, from, to, gone.length > 0 ? COUNTED : 0);
      for await (const line of archive.read(record, gone)) addLine(buckets, line, key, grid);
      await pace();
    }
    return { step: grid.stepMs, ...buckets.columns() };
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
    for (const { block } of record.columns.rows(-Infinity, Infinity)) {
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
      addRows(buckets, record, keyOf(name), grid.startMs, gridEnd(grid), 0);
      return buckets.columns().avg;
    },
  };
}

/** The parts of days in [fromMs, toMs) in which there is anything. */
function* daysOf({ columns, lines }: NodeRecord, fromMs: number, toMs: number): Generator<{ from: number; to: number }> {
  const days = new Set<number>();
  for (const { day } of lines.between(dayOf(fromMs), dayOf(toMs - 1) + 1)) days.add(day);
  for (const { block, from, to } of columns.rows(fromMs, toMs)) {
    for (let row = from, last = NaN; row < to; row++) {
      const day = dayOf(block.time[row] ?? 0);
      if (day !== last) days.add((last = day));
    }
  }
  for (const day of days) yield { from: Math.max(fromMs, day * DAY_MS), to: Math.min(toMs, (day + 1) * DAY_MS) };
}

function hourlyRows({ columns }: NodeRecord, day: number): number[] {
  const hours = new Array<number>(24).fill(0);
  for (const { block, from, to } of columns.rows(day * DAY_MS, (day + 1) * DAY_MS)) {
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
