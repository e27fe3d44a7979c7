import type { Clock } from './clock.ts';

/** A clock for tests: stands still until told. */
export interface ManualClock extends Clock {
  /** Lets time pass on both clocks, firing what is due, in order; promises get their turn in between. */
  advance(ms: number): Promise<void>;
  /** Sets the wall clock, as an operator or NTP would; the monotonic one does not notice. */
  setWall(nowMs: number): void;
  /** Timers that wait. */
  pending(): number;
}

export function createManualClock(startMs = Date.parse('2026-11-22T08:00:00.000Z')): ManualClock {
  let wall = startMs;
  let monotonic = 0;
  let nextId = 1;
  const timers = new Map<number, { dueMs: number; action: () => void }>();

  /** Enough turns for chains of promises to come to rest, file operations aside. */
  async function settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  return {
    now: () => wall,
    monotonic: () => monotonic,
    after(ms, action) {
      const id = nextId++;
      timers.set(id, { dueMs: monotonic + Math.max(0, ms), action });
      return () => timers.delete(id);
    },
    async advance(ms) {
      const until = monotonic + ms;
      await settle();
      for (;;) {
        const [next] = [...timers].filter(([, { dueMs }]) => dueMs <= until).sort((a, b) => a[1].dueMs - b[1].dueMs || a[0] - b[0]);
        if (next === undefined) break;
        const [id, { dueMs, action }] = next;
        timers.delete(id);
        wall += dueMs - monotonic;
        monotonic = dueMs;
        action();
        await settle();
      }
      wall += until - monotonic;
      monotonic = until;
      await settle();
    },
    setWall(nowMs) {
      wall = nowMs;
    },
    pending: () => timers.size,
  };
}
