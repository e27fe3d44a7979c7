/** Values of a series taken together. */
export interface Sum {
  min: number;
  max: number;
  sum: number;
  count: number;
  /** How many of `count` came late. */
  late: number;
}

export function emptySum(): Sum {
  return { min: Infinity, max: -Infinity, sum: 0, count: 0, late: 0 };
}

export function addValue(sum: Sum, value: number, isLate: boolean): void {
  if (value < sum.min) sum.min = value;
  if (value > sum.max) sum.max = value;
  sum.sum += value;
  sum.count++;
  if (isLate) sum.late++;
}

export function addSum(sum: Sum, more: Sum): void {
  sum.min = Math.min(sum.min, more.min);
  sum.max = Math.max(sum.max, more.max);
  sum.sum += more.sum;
  sum.count += more.count;
  sum.late += more.late;
}

/** Digits of an average that is written down to be taken together with others later. */
const WRITTEN_DIGITS = 12;

/** `[min, avg, max, count]`, and how many came late if any did. */
export function writtenSum({ min, max, sum, count, late }: Sum): number[] {
  const average = Math.min(max, Math.max(min, Number((sum / count).toPrecision(WRITTEN_DIGITS))));
  return late === 0 ? [min, average, max, count] : [min, average, max, count, late];
}

/** `undefined` for what {@link writtenSum} does not write. */
export function readSum(written: readonly number[]): Sum | undefined {
  const [min, average, max, count, late = 0] = written;
  if (min === undefined || average === undefined || max === undefined || count === undefined) return undefined;
  return { min, max, sum: average * count, count, late };
}
