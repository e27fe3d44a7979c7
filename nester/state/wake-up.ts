import type { Alarm } from './alarm.ts';

interface WakeUpDeps {
  alarm: Alarm;
  /** It is time to look at what is due. */
  wake: () => void;
}

/**
 * One alarm for whatever is due next, and the knowledge of whether time went by unwatched.
 *
 * While anything is awaited the alarm rings at least every {@link WATCH_MS}, so that a clock
 * that leaps (suspended laptop, stopped process, corrected clock) is told from time that passed.
 */
export interface WakeUp {
  /**
   * By how much the clock moved beyond the time that was lived through since the last look, ms;
   * negative when it was set back; 0 when all is well.
   */
  look(nowMs: number): number;
  /** Rings at the time given (never for `Infinity`), or sooner. */
  setNext(nowMs: number, atMs: number): void;
  close(): void;
}

const WATCH_MS = 5_000;

/** A ring later than this was not lateness of a timer. The slack of every due time covers what is less. */
const LEAP_MS = 5_000;

export function createWakeUp({ alarm, wake }: WakeUpDeps): WakeUp {
  let lookedAt: number | undefined;
  let ringAt = Infinity;
  let cancel: (() => void) | undefined;

  function stop(): void {
    cancel?.();
    cancel = undefined;
    ringAt = Infinity;
  }

  return {
    look(nowMs) {
      const before = lookedAt ?? nowMs;
      const overrun = nowMs - ringAt;
      lookedAt = nowMs;
      let leap = 0;
      if (overrun > LEAP_MS) leap = overrun;
      else if (before - nowMs > LEAP_MS) leap = nowMs - before;
      // The alarm counts true time: after a leap its place on the clock is another.
      if (leap !== 0) stop();
      return leap;
    },
    setNext(nowMs, atMs) {
      const wanted = atMs === Infinity ? Infinity : Math.max(nowMs + 1, Math.min(Math.ceil(atMs), nowMs + WATCH_MS));
      if (cancel !== undefined && ringAt <= wanted) return;
      stop();
      if (wanted === Infinity) return;
      ringAt = wanted;
      cancel = alarm(wanted - nowMs, () => {
        cancel = undefined;
        wake();
      });
    },
    close: stop,
  };
}
