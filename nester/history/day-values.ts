import { addSum, emptySum, readSum, type Sum, writtenSum } from './sum.ts';
import { DAY_MS, HOUR_MS } from './step-ladder.ts';

/**
 * What a day of a node comes to, hour by hour, or, long after, as a whole. One line of
 * history.json:
 *
 *     {"node":"lyon-01","day":"2026-11-22","through":4711,"reports":[[8,60],[9,60]],
 *      "hours":{"latency":[[8,11.2,12.31,40.2,60],[9,...]],"metrics.cpu":[...]}}
 *     {"node":"lyon-01","day":"2025-10-01","through":17,"reports":1440,
 *      "whole":{"latency":[11.2,12.31,40.2,1440],...}}
 *
 * An hour is `[hour, min, avg, max, count]`, and how many came late if any did. `through`: the
 * reports with sequence numbers up to this one are counted, and no others.
 */
export interface DayValues {
  node: string;
  /** Days since the epoch, UTC. */
  day: number;
  through: number;
  /** Reports counted in each hour, or in the whole day. */
  reports: number[];
  /** By key of the series; of each hour, or of the whole day. */
  series: Map<string, (Sum | undefined)[]>;
  isWhole: boolean;
}

/** What is known of a line without its values. */
export interface DayHead {
  node: string;
  day: number;
  through: number;
  /** Of the day. */
  reports: number;
  isWhole: boolean;
}

/** Series of one day that are written down; who makes up names without end is not followed. */
const SERIES_LIMIT = 1_000;

export function emptyDay(node: string, day: number, isWhole: boolean): DayValues {
  return { node, day, through: 0, reports: new Array<number>(isWhole ? 1 : 24).fill(0), series: new Map(), isWhole };
}

export function reportsOf({ reports }: Pick<DayValues, 'reports'>): number {
  return reports.reduce((sum, count) => sum + count, 0);
}

/** Where the values of an hour are kept. */
export function slotOf({ isWhole }: Pick<DayValues, 'isWhole'>, hour: number): number {
  return isWhole ? 0 : hour;
}

/** The sum to which values of a series are to be added; `undefined`: there are too many series. */
export function sumFor(values: DayValues, key: string, slot: number): Sum | undefined {
  let sums = values.series.get(key);
  if (!sums) {
    if (values.series.size >= SERIES_LIMIT) return undefined;
    values.series.set(key, (sums = []));
  }
  return (sums[slot] ??= emptySum());
}

/** Adds what was counted before. Hours go into a whole day, never the other way round. */
export function addDay(values: DayValues, before: DayValues): void {
  for (const [hour, count] of before.reports.entries()) {
    const slot = slotOf(values, hour);
    values.reports[slot] = (values.reports[slot] ?? 0) + count;
  }
  for (const [key, sums] of before.series) {
    for (const [hour, sum] of sums.entries()) {
      const into = sum && sumFor(values, key, slotOf(values, hour));
      if (into) addSum(into, sum);
    }
  }
}

export function encodeDay({ node, day, through, reports, series, isWhole }: DayValues): string {
  const head = { node, day: dayText(day), through };
  if (isWhole) {
    const whole: Record<string, number[]> = {};
    for (const [key, [sum]] of series) if (sum && sum.count > 0) whole[key] = writtenSum(sum);
    return JSON.stringify({ ...head, reports: reports[0] ?? 0, whole });
  }
  const hours: Record<string, number[][]> = {};
  for (const [key, sums] of series) {
    hours[key] = sums.flatMap((sum, hour) => (sum && sum.count > 0 ? [[hour, ...writtenSum(sum)]] : []));
  }
  return JSON.stringify({ ...head, reports: reports.flatMap((count, hour) => (count > 0 ? [[hour, count]] : [])), hours });
}

/** A line as {@link encodeDay} writes it; `undefined` for any other. */
export function decodeDay(text: string): DayValues | undefined {
  const line = JSON.parse(text) as Partial<Record<string, unknown>>;
  const { node, day, through, reports, hours, whole } = line;
  if (typeof node !== 'string' || typeof day !== 'string' || typeof through !== 'number') return undefined;
  const values = { ...emptyDay(node, dayNumber(day), whole !== undefined), through };
  // What was sealed was written by us: its shape is known from here on.
  if (whole !== undefined) {
    values.reports = [reports as number];
    for (const [key, written] of Object.entries(whole as Record<string, number[]>)) values.series.set(key, [readSum(written)]);
    return values;
  }
  for (const [hour = 0, count = 0] of reports as number[][]) values.reports[hour] = count;
  for (const [key, written] of Object.entries((hours ?? {}) as Record<string, number[][]>)) {
    const sums: (Sum | undefined)[] = [];
    for (const [hour = 0, ...rest] of written) sums[hour] = readSum(rest);
    values.series.set(key, sums);
  }
  return values;
}

/** Reads a line up to its values, which is most of it. */
export function decodeHead(line: Uint8Array): DayHead | undefined {
  const bytes = Buffer.from(line.buffer, line.byteOffset, line.byteLength);
  // Within a text these quotes would be escaped.
  const isWhole = bytes.subarray(0, HEAD_BYTES).includes(',"whole":');
  const end = bytes.indexOf(isWhole ? ',"whole":' : ',"hours":');
  if (end === -1) return undefined;
  const head = JSON.parse(`${bytes.toString('utf8', 0, end)}}`) as Record<string, unknown>;
  const { node, day, through, reports } = head as { node: string; day: string; through: number; reports: number | number[][] };
  const count = typeof reports === 'number' ? reports : reports.reduce((sum, [, hourly = 0]) => sum + hourly, 0);
  return { node, day: dayNumber(day), through, reports: count, isWhole };
}

/** Longer than any line's part before its values. */
const HEAD_BYTES = 2_048;

export function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS);
}

export function hourOf(ms: number): number {
  return Math.floor((ms % DAY_MS) / HOUR_MS);
}

function dayText(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

function dayNumber(text: string): number {
  return Date.parse(`${text}T00:00:00.000Z`) / DAY_MS;
}
