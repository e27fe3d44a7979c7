/** How good the line to a target is, in the terms of a report. */
export interface LineQuality {
  /** Median round trip, ms; `null` if no answer came. */
  latency: number | null;
  /** Lost echo requests, percent; `null` if none were sent. */
  loss: number | null;
  /** Mean absolute difference of successive round trips, ms; `null` with fewer than two. */
  jitter: number | null;
}

export const UNKNOWN_QUALITY: LineQuality = { latency: null, loss: null, jitter: null };

/** `roundTrips` in ms, in the order sent; `sent` requests, or `undefined` where that is not known. */
export function qualityOf(roundTrips: readonly number[], sent: number | undefined): LineQuality {
  return {
    latency: rounded(median(roundTrips)),
    loss: sent === undefined || sent === 0 ? null : rounded(((sent - roundTrips.length) / sent) * 100),
    jitter: rounded(meanDifference(roundTrips)),
  };
}

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  return upper === undefined || lower === undefined ? null : (upper + lower) / 2;
}

function meanDifference(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  let sum = 0;
  let before: number | undefined;
  for (const value of values) {
    if (before !== undefined) sum += Math.abs(value - before);
    before = value;
  }
  return sum / (values.length - 1);
}

/** To the microsecond: finer than any ping can know. */
function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 1000) / 1000;
}
