import { LIMITS } from '../../protocol/limits.ts';

/** Assumed of a node that does not say its interval and was heard once. */
const UNKNOWN_SECONDS = 60;

/** Reports whose times are kept: enough for a median that one missed report does not move. */
export const LEARNT_FROM = 10;

/**
 * The interval of a node that does not say it, in seconds: the median gap of its last reports.
 * In whole seconds, because a cron job's few ms of jitter are not news that every open page
 * must be told.
 *
 * @param times of measurement, epoch ms, newest first
 */
export function learntInterval(times: readonly number[]): number {
  const gaps: number[] = [];
  let newer: number | undefined;
  for (const time of times) {
    if (newer !== undefined && newer > time) gaps.push(newer - time);
    newer = time;
  }
  gaps.sort((left, right) => left - right);
  const median = gaps[gaps.length >> 1];
  if (median === undefined) return UNKNOWN_SECONDS;
  const { min, max } = LIMITS.intervalSeconds;
  return Math.min(max, Math.max(min, Math.round(median / 1_000)));
}
