/**
 * The history of one series, as Nester answers it: columns of equally long buckets. A bucket
 * that holds nothing has `null` values and count 0.
 */
export interface History {
  from: number;
  to: number;
  /** Length of a bucket, ms. */
  step: number;
  /** Where each bucket begins, epoch ms. */
  t: number[];
  min: (number | null)[];
  avg: (number | null)[];
  max: (number | null)[];
  count: number[];
  /** How many of `count` came late: kept at the site in an outage, and delivered after it. */
  late: number[];
}

/** Which series of a node: a field of the report or a metric; of one of its targets, if that is named. */
export interface SeriesName {
  metric: string;
  target?: string | undefined;
}

export function keyOf({ metric, target }: SeriesName): string {
  return target === undefined ? metric : `${metric} of ${target}`;
}

/** One measured value, on its way into a history. */
export interface Point {
  atMs: number;
  value: number;
  isLate: boolean;
}

/**
 * Puts a value into its bucket, in place, as Nester itself would: so nothing has to be asked
 * anew. Returns whether there is such a bucket.
 */
export function fold(history: History, { atMs, value, isLate }: Point): boolean {
  const first = history.t[0];
  if (first === undefined) return false;
  const at = Math.floor((atMs - first) / history.step);
  const count = history.count[at];
  if (count === undefined) return false;
  const min = history.min[at] ?? value;
  const avg = history.avg[at] ?? value;
  const max = history.max[at] ?? value;
  history.min[at] = Math.min(min, value);
  history.max[at] = Math.max(max, value);
  history.avg[at] = count === 0 ? value : avg + (value - avg) / (count + 1);
  history.count[at] = count + 1;
  if (isLate) history.late[at] = (history.late[at] ?? 0) + 1;
  return true;
}

/**
 * Moves a history on, in place, to the stretch that ends now: empty buckets come at its end, what
 * is too old goes from its beginning. Returns whether anything came or went.
 */
export function advance(history: History, fromMs: number, toMs: number): boolean {
  const { step, t } = history;
  let changed = false;
  for (let last = t.at(-1); last !== undefined && last + step <= toMs; last = t.at(-1)) {
    t.push(last + step);
    history.min.push(null);
    history.avg.push(null);
    history.max.push(null);
    history.count.push(0);
    history.late.push(0);
    changed = true;
  }
  const old = t.findIndex((begin) => begin + step > fromMs);
  if (old > 0) {
    for (const column of [t, history.min, history.avg, history.max, history.count, history.late]) column.splice(0, old);
    changed = true;
  }
  history.from = fromMs;
  history.to = toMs;
  return changed;
}
