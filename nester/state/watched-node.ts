import type { NodeState, Status } from '../../protocol/node-state.ts';
import type { StoredReport } from '../../protocol/report.ts';
import type { Queued } from './due-queue.ts';
import { type Expectation, nextDueMs, silentSinceMs, statusAt } from './due.ts';
import { LEARNT_FROM, learntInterval } from './learnt-interval.ts';

/**
 * A node as the fleet watches it. `state` is made anew whenever anything in it changes and
 * never written to, so that it may be handed out.
 */
export interface WatchedNode extends Expectation, Queued {
  /** Times of measurement of the last reports, newest first, epoch ms. */
  times: number[];
  state: NodeState;
}

const NONE: Pick<NodeState, 'metrics' | 'targets' | 'labels'> = { metrics: {}, targets: [], labels: {} };

/** Nothing of a report's LAN inventory but its size: ten thousand of them would fill the memory. */
export function stateOf(
  report: StoredReport,
  expected: Expectation,
  { status, since, connected }: Pick<NodeState, 'status' | 'since' | 'connected'>,
): NodeState {
  return {
    node: report.node,
    status,
    since,
    ip: report.ip ?? null,
    devices: report.devices === undefined ? (report.hosts?.length ?? null) : report.devices,
    latency: report.latency ?? null,
    loss: report.loss ?? null,
    jitter: report.jitter ?? null,
    metrics: report.metrics ?? NONE.metrics,
    targets: report.targets ?? NONE.targets,
    labels: report.labels ?? NONE.labels,
    agent: report.agent ?? null,
    timestamp: report.timestamp,
    receivedAt: report.receivedAt,
    interval: expected.intervalSeconds,
    nextDue: nextDueMs(expected),
    connected,
  };
}

/** The interval a report announces, else what the times of measurement teach. */
export function intervalOf(report: StoredReport, times: readonly number[]): number {
  return report.interval ?? learntInterval(times);
}

/** Until when a report says that its site is paused, epoch ms. A pause over before it was heard of is none. */
export function pausedUntilOf(report: Pick<StoredReport, 'agent' | 'receivedAt'>): number | undefined {
  const until = report.agent?.pausedUntil;
  return until !== undefined && Date.parse(until) > report.receivedAt ? Date.parse(until) : undefined;
}

/** Adds the newest time in front, and lets go of the oldest. */
export function remember(times: number[], timestampMs: number): void {
  times.unshift(timestampMs);
  if (times.length > LEARNT_FROM) times.length = LEARNT_FROM;
}

/** When a status begins that a report brings, epoch ms. */
export interface Beginnings {
  online: number;
  paused: number;
}

/**
 * The status now, and since when: silence began to count at its due time, however late we
 * looked; a pause that ran out ended at its time. A status that goes on keeps its beginning.
 */
export function statusNow(
  expected: Expectation,
  nowMs: number,
  begins: Beginnings,
  before: NodeState | undefined,
): { status: Status; since: number } {
  const status = statusAt(expected, nowMs);
  if (before?.status === status) return { status, since: before.since };
  // Time alone makes nothing better: a socket came back, and took the node from dark to late just now.
  if (status === 'late' && before?.status === 'offline') return { status, since: nowMs };
  if (status === 'late' || status === 'offline') return { status, since: silentSinceMs(expected, status) };
  const ranOut = status === 'online' && before?.status === 'paused' ? expected.pausedUntilMs : undefined;
  return { status, since: Math.min(nowMs, ranOut ?? begins[status]) };
}

/** Whether viewers who know the newest report must be told something besides it. */
export function differs(before: NodeState, after: NodeState): boolean {
  return (
    before.status !== after.status ||
    before.interval !== after.interval ||
    before.connected !== after.connected ||
    !sameTexts(before.labels, after.labels)
  );
}

function sameTexts(left: Record<string, string>, right: Record<string, string>): boolean {
  if (left === right) return true;
  for (const name in left) if (left[name] !== right[name]) return false;
  for (const name in right) if (left[name] === undefined) return false;
  return true;
}
