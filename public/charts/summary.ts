import type { History } from './history.ts';

/** What there is to say of a series in a few figures, to those who do not see it drawn. */
export interface Summary {
  min: number;
  /** Of all values, not of the buckets. */
  avg: number;
  max: number;
  latest: number;
  latestAtMs: number;
}

/** `undefined` where there is no value at all. */
export function summaryOf({ t, min, avg, max, count }: History): Summary | undefined {
  let summary: Summary | undefined;
  let sum = 0;
  let values = 0;
  for (const [at, average] of avg.entries()) {
    if (average === null) continue;
    const low = min[at] ?? average;
    const high = max[at] ?? average;
    const weight = count[at] ?? 1;
    sum += average * weight;
    values += weight;
    summary = {
      min: Math.min(summary?.min ?? low, low),
      avg: sum / values,
      max: Math.max(summary?.max ?? high, high),
      latest: average,
      latestAtMs: t[at] ?? 0,
    };
  }
  return summary;
}

/** The middle of the averages: what is usual, whatever a bad hour did. `undefined` where there is no value. */
export function usualOf({ avg }: Pick<History, 'avg'>): number | undefined {
  const values = avg.filter((value) => value !== null).sort((a, b) => a - b);
  return values[Math.floor(values.length / 2)];
}

/**
 * Since when the newest values are all of a kind: the beginning of the run of buckets at the
 * end. Empty buckets do not end a run. `undefined`: the newest value is not of this kind.
 */
export function sinceWhen({ t, avg }: Pick<History, 't' | 'avg'>, isOfKind: (value: number) => boolean): number | undefined {
  let sinceMs: number | undefined;
  for (let at = avg.length - 1; at >= 0; at--) {
    const value = avg[at] ?? null;
    if (value === null) continue;
    if (!isOfKind(value)) break;
    sinceMs = t[at];
  }
  return sinceMs;
}
