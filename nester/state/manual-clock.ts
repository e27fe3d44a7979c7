import type { Alarm } from './alarm.ts';

/** A clock for tests that moves only when told, and rings its alarms at their times, in order. */
export interface ManualClock {
  readonly now: () => number;
  schedule: Alarm;
  /** Lets time pass. */
  advance(ms: number): void;
  /** Sets the clock: alarms keep the true time they had left. */
  leap(ms: number): void;
  /** Alarms that are set. */
  pending(): number;
}

export function createManualClock(startMs = 1_800_000_000_000): ManualClock {
  let trueMs = 0;
  let offsetMs = startMs;
  const alarms = new Set<{ atMs: number; ring: () => void }>();

  return {
    now: () => offsetMs + trueMs,
    schedule(delayMs, ring) {
      const alarm = { atMs: trueMs + delayMs, ring };
      alarms.add(alarm);
      return () => void alarms.delete(alarm);
    },
    advance(ms) {
      const until = trueMs + ms;
      for (;;) {
        let next: { atMs: number; ring: () => void } | undefined;
        for (const alarm of alarms) if (alarm.atMs <= until && alarm.atMs < (next?.atMs ?? Infinity)) next = alarm;
        if (!next) break;
        trueMs = Math.max(trueMs, next.atMs);
        alarms.delete(next);
        next.ring();
      }
      trueMs = until;
    },
    leap(ms) {
      offsetMs += ms;
    },
    pending: () => alarms.size,
  };
}
