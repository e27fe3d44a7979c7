import { LIMITS } from '../protocol/limits.ts';
import type { StateFile } from './state-file.ts';

/**
 * How often runs of `once` come, learnt from the last of them: it is cron that decides, and
 * Nester must know when to expect the next report.
 */

/** Runs remembered. Of their gaps the median counts: one run by hand or one left out moves nothing, a new rhythm is known after three. */
const REMEMBERED = 6;
/** Said at the first run: what cron does most often. */
const UNKNOWN_SECONDS = 60;
/** What people tell cron and timers, in seconds: a learnt gap is taken to mean the coarsest multiple near it. */
const STEPS = [3_600, 900, 300, 60, 30, 15, 10, 5] as const;

/** Learns from a run that begins now; resolves to the seconds until the next. Never rejects. */
export type LearnInterval = (nowMs: number) => Promise<number>;

export function createLearnInterval(file: StateFile): LearnInterval {
  return async function learn(nowMs) {
    // A clock that was set back leaves times that are yet to come.
    const times = [...decodeTimes(await file.load()).filter((time) => time < nowMs), nowMs].slice(-REMEMBERED);
    await file.save(JSON.stringify(times));
    return intervalOf(times);
  };
}

/** @param times of the runs, epoch ms, oldest first */
export function intervalOf(times: readonly number[]): number {
  const gaps = times.slice(1).map((time, at) => (time - (times[at] ?? time)) / 1_000);
  // Runs that overlap are no rhythm.
  const sorted = gaps.filter((gap) => gap >= LIMITS.intervalSeconds.min).sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1];
  return median === undefined ? UNKNOWN_SECONDS : Math.min(LIMITS.intervalSeconds.max, meant(median));
}

/** 298 s are 300: cron waits for the minute, a machine is slow for a moment. 90 s are 90. */
function meant(seconds: number): number {
  const tolerance = Math.min(15, seconds / 20);
  for (const step of STEPS) {
    const near = Math.round(seconds / step) * step;
    if (near > 0 && Math.abs(near - seconds) <= tolerance) return near;
  }
  return Math.max(LIMITS.intervalSeconds.min, Math.round(seconds));
}

function decodeTimes(text: string | undefined): number[] {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return Array.isArray(value) ? value.filter((time): time is number => Number.isSafeInteger(time)).sort((a, b) => a - b) : [];
  } catch {
    return [];
  }
}
