export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

/** Each divides the ones after it that are a day or longer; from an hour on, whole hours. */
const STEPS_MS = [
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND_MS),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR_MS),
  DAY_MS,
  7 * DAY_MS,
];

/** Buckets of one step that cover a range: the first begins at or before its beginning. */
export interface Grid {
  /** Epoch ms; a multiple of `stepMs`. */
  startMs: number;
  stepMs: number;
  count: number;
}

/**
 * The finest round steps by which a range, both ends included, takes no more than `points`
 * buckets; none shorter than `leastMs`. Beyond a week each step is twice the one before.
 */
export function gridOf(fromMs: number, toMs: number, points: number, leastMs = 0): Grid {
  for (const stepMs of steps()) {
    if (stepMs < leastMs) continue;
    const first = Math.floor(fromMs / stepMs);
    const count = Math.floor(toMs / stepMs) - first + 1;
    if (count <= points) return { startMs: first * stepMs, stepMs, count };
  }
  throw new Error('BUG: the steps have an end');
}

function* steps(): Generator<number> {
  yield* STEPS_MS;
  for (let weeks = 2; ; weeks *= 2) yield weeks * 7 * DAY_MS;
}

export function gridEnd({ startMs, stepMs, count }: Grid): number {
  return startMs + stepMs * count;
}
