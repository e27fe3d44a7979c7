import type { Clock } from '../clock.ts';

/**
 * How large the next batch of the backlog is to be. It follows the line: one that takes long
 * leaves no room for the fresh reports beside it, and one that takes longer than its deadline
 * would never arrive, however often it is sent.
 */
export interface BatchSize {
  bytes(): number;
  /** A batch is on its way; returns what to call when it was answered, or given up. */
  begin(): () => void;
}

const FIRST_BYTES = 64 * 1024;
const LEAST_BYTES = 4 * 1024;
const MOST_BYTES = 512 * 1024;
const QUICK_MS = 1_000;
const SLOW_MS = 4_000;

export function createBatchSize({ monotonic }: Pick<Clock, 'monotonic'>): BatchSize {
  let bytes = FIRST_BYTES;
  return {
    bytes: () => bytes,
    begin() {
      const beganMs = monotonic();
      return () => {
        const tookMs = monotonic() - beganMs;
        if (tookMs > SLOW_MS) bytes = Math.max(LEAST_BYTES, bytes / 2);
        else if (tookMs < QUICK_MS) bytes = Math.min(MOST_BYTES, bytes * 2);
      };
    },
  };
}
