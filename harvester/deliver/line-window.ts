import type { Clock } from '../clock.ts';

/**
 * How many bytes of the backlog may be on the way unanswered, so that a fresh report finds the
 * line all but free: on a slow one they would stand in line for seconds.
 *
 * Follows the delay that the backlog itself makes, as LEDBAT does (RFC 6817): answers that take
 * longer than the quickest one have waited in a queue, and the queue is ours.
 */
export interface LineWindow {
  bytes(): number;
  /** An answer came to so many bytes, sent at `sentMs` by the monotonic clock. */
  answered(bytes: number, sentMs: number): void;
  /** Another connection, perhaps over another line. */
  reset(): void;
}

const FIRST_BYTES = 16 * 1024;
const LEAST_BYTES = 4 * 1024;
const MOST_BYTES = 64 * 1024;
/** Waiting that nobody minds. */
const QUICK_MS = 250;
/** Waiting that a fresh report must not share. */
const SLOW_MS = 750;

export function createLineWindow({ monotonic }: Pick<Clock, 'monotonic'>): LineWindow {
  let bytes = FIRST_BYTES;
  let quickestMs = Infinity;
  /** Answers to what was sent before this moment tell of the window as it was then. */
  let cutMs = -Infinity;

  return {
    bytes: () => bytes,
    answered(answeredBytes, sentMs) {
      const tookMs = monotonic() - sentMs;
      quickestMs = Math.min(quickestMs, tookMs);
      const waitedMs = tookMs - quickestMs;
      if (waitedMs > SLOW_MS) {
        if (sentMs < cutMs) return;
        bytes = Math.max(LEAST_BYTES, bytes / 2);
        cutMs = monotonic();
      } else if (waitedMs < QUICK_MS) {
        bytes = Math.min(MOST_BYTES, bytes + answeredBytes);
      }
    },
    reset() {
      [bytes, quickestMs, cutMs] = [FIRST_BYTES, Infinity, -Infinity];
    },
  };
}
