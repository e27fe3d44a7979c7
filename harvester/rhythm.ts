import type { Clock } from './clock.ts';

export interface Rhythm {
  start(): void;
  /** A round as soon as may be: at once, or a second after the last began; one under way counts. */
  now(): void;
  stop(): void;
}

export interface RhythmDeps {
  clock: Clock;
  intervalMs: number;
  /** 0 to 1. */
  random: () => number;
  /** Measures and hands over. Never rejects. */
  round: () => Promise<void>;
}

const LEAST_SPACING_MS = 1_000;

/**
 * When rounds begin: the first at once, then on a grid whose phase is drawn by lot, so that a
 * thousand agents started together do not report together. The grid is counted on the monotonic
 * clock from its origin, so it neither drifts nor minds the wall clock. Points that pass during
 * a round, or while the machine sleeps, are left out; rounds never overlap.
 */
export function createRhythm({ clock, intervalMs, random, round }: RhythmDeps): Rhythm {
  let origin = 0;
  let lastPoint = -1;
  let underWay = false;
  let beganMs = -Infinity;
  let stopped = false;
  let cancelGrid = (): void => undefined;
  let cancelSoon: (() => void) | undefined;

  async function begin(): Promise<void> {
    if (underWay || stopped) return;
    underWay = true;
    beganMs = clock.monotonic();
    await round();
    underWay = false;
  }

  function scheduleNext(): void {
    const nowMs = clock.monotonic();
    // Not the last point once more, should its timer have been early by a fraction of a ms.
    lastPoint = Math.max(lastPoint + 1, Math.floor((nowMs - origin) / intervalMs) + 1);
    cancelGrid = clock.after(origin + lastPoint * intervalMs - nowMs, () => {
      scheduleNext();
      void begin();
    });
  }

  return {
    start() {
      origin = clock.monotonic() + random() * intervalMs;
      scheduleNext();
      void begin();
    },
    now() {
      if (underWay || stopped || cancelSoon !== undefined) return;
      const waitMs = beganMs + LEAST_SPACING_MS - clock.monotonic();
      if (waitMs <= 0) {
        void begin();
        return;
      }
      cancelSoon = clock.after(waitMs, () => {
        cancelSoon = undefined;
        void begin();
      });
    },
    stop() {
      stopped = true;
      cancelGrid();
      cancelSoon?.();
    },
  };
}
