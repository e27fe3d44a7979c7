/**
 * How fast the window moves over the table. Whoever rushes past hundreds of lines a second reads
 * no more of each than whose it is.
 */
export interface Pace {
  /** The window's top is here now, px; by any clock that never goes back, ms. */
  at(topPx: number, nowMs: number): void;
  /** How far it went the last time it moved, px; negative: up. */
  stepPx(): number;
  isRushing(nowMs: number): boolean;
  /** Whether it moved a moment ago. */
  isMoving(nowMs: number): boolean;
}

/** From this speed on it rushes, px per ms: a line is in a usual window for less than a third of a second. */
const RUSH = 3;
/** Having stood for so long, it rushes no more. */
export const HALT_MS = 60;
/** Having stood for so long, it rests. */
export const REST_MS = 150;
/** When it last stood somewhere else may be long ago: a leap is a leap, though. */
const LONGEST_MS = 500;

export function createPace(): Pace {
  let last: { topPx: number; atMs: number } | undefined;
  let movedMs = -Infinity;
  let stepPx = 0;
  let speed = 0;
  return {
    at(topPx, nowMs) {
      if (last && topPx !== last.topPx) {
        stepPx = topPx - last.topPx;
        speed = Math.abs(stepPx) / Math.min(LONGEST_MS, Math.max(1, nowMs - last.atMs));
        movedMs = nowMs;
      }
      last = { topPx, atMs: nowMs };
    },
    stepPx: () => stepPx,
    isRushing: (nowMs) => speed >= RUSH && nowMs - movedMs < HALT_MS,
    isMoving: (nowMs) => nowMs - movedMs < REST_MS,
  };
}
