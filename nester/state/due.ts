import type { Status } from '../../protocol/node-state.ts';

/**
 * When a node's next report is due, and what it means that it did not come. Pure arithmetic on
 * the receiver's clock: the time a report was received counts, not the time the site believes
 * it was measured, so a wrong clock at a site never makes it falsely dark.
 */
export interface Expectation {
  /** From when the interval is counted, epoch ms. */
  baseMs: number;
  intervalSeconds: number;
  /** When the last agent's socket of the node closed; `undefined` while one is open, or none counts. */
  goneAtMs: number | undefined;
  /** Until when the site said not to expect it, epoch ms; `undefined`: it said nothing of the kind. */
  pausedUntilMs: number | undefined;
}

type Silence = Pick<Expectation, 'baseMs' | 'intervalSeconds'>;

/** Grace on top of a multiple of the interval: slow scans, retries, a clock step of the operating system. */
const SLACK_MS = 5_000;
const LATE_FACTOR = 1.25;
const OFFLINE_FACTOR = 3;
/** An agent that reconnects within this time was never away. */
const GONE_MS = 30_000;

export function nextDueMs({ baseMs, intervalSeconds }: Silence): number {
  return Math.round(baseMs + intervalSeconds * 1_000);
}

export function lateAtMs({ baseMs, intervalSeconds }: Silence): number {
  return Math.round(baseMs + LATE_FACTOR * intervalSeconds * 1_000) + SLACK_MS;
}

export function offlineAtMs(expected: Expectation): number {
  const bySilence = Math.round(expected.baseMs + OFFLINE_FACTOR * expected.intervalSeconds * 1_000) + SLACK_MS;
  if (expected.goneAtMs === undefined) return bySilence;
  return Math.min(bySilence, Math.max(expected.goneAtMs + GONE_MS, nextDueMs(expected)));
}

export function statusAt(expected: Expectation, nowMs: number): Status {
  if (expected.pausedUntilMs !== undefined && nowMs < expected.pausedUntilMs) return 'paused';
  if (nowMs >= offlineAtMs(expected)) return 'offline';
  return nowMs >= lateAtMs(expected) ? 'late' : 'online';
}

/** When the status given will become another if nothing is heard; never, for a node that is offline. */
export function nextChangeMs(expected: Expectation, status: Status): number {
  if (status === 'offline') return Infinity;
  if (status === 'paused') return expected.pausedUntilMs ?? Infinity;
  const offlineAt = offlineAtMs(expected);
  return status === 'late' ? offlineAt : Math.min(lateAtMs(expected), offlineAt);
}

/**
 * When the status given began, for one that time alone brought: silence counts from its due time,
 * but what a pause covered was no silence.
 */
export function silentSinceMs(expected: Expectation, status: 'late' | 'offline'): number {
  const dueMs = status === 'late' ? lateAtMs(expected) : offlineAtMs(expected);
  return Math.max(dueMs, expected.pausedUntilMs ?? -Infinity);
}

/**
 * Time between reports that may pass without anyone calling the node late, ms. Two reports
 * further apart have a hole between them.
 */
export function patienceMs(intervalSeconds: number): number {
  return lateAtMs({ baseMs: 0, intervalSeconds });
}
