/** Time, as the Harvester needs it. Comes in as an argument, so that tests need not wait. */
export interface Clock {
  /** The wall clock, epoch ms. May be set back or forward at any moment. */
  now: () => number;
  /** Ms since some start; never goes back. Everything that measures or waits uses this one. */
  monotonic: () => number;
  /** Calls `action` once, after `ms`. Returns what to call to prevent it. */
  after: (ms: number, action: () => void) => () => void;
}

/** `setTimeout` fires at once for a delay above this. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's own clocks. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, action) {
    const timer = setTimeout(action, Math.min(ms, LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms`, or as soon as the signal is aborted. */
export function delay(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal?.addEventListener('abort', done);
  });
}
