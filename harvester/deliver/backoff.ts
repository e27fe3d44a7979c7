/**
 * Waits between attempts, with full jitter: each is drawn from the whole range up to a bound that
 * doubles, so that a thousand agents that lost the same Nester do not come back together, and
 * one alone is back soon.
 */
export interface Backoff {
  /** Ms to wait before the next attempt. */
  next(): number;
  /** An attempt succeeded. */
  reset(): void;
}

const FIRST_MS = 500;
const LONGEST_MS = 60_000;

export function createBackoff(random: () => number): Backoff {
  let failures = 0;
  return {
    next() {
      const boundMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** failures);
      failures = Math.min(failures + 1, 30);
      return random() * boundMs;
    },
    reset() {
      failures = 0;
    },
  };
}
