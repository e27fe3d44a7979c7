import type { NodeState, Status } from '../../protocol/node-state.ts';
import type { StoredReport } from '../../protocol/report.ts';
import type { Queued } from './due-queue.ts';
import { type Expectation, nextDueMs, silentSinceMs, statusAt } from './due.ts';
import { LEARNT_FROM, learntInterval } from './learnt-interval.ts';

/** What Nester itself says of a node, besides when it expects it. */
export interface Standing {
  status: Status;
  /** Epoch ms. */
  since: number;
  connected: boolean;
}

/** A node as the fleet watches it. */
export interface WatchedNode extends Expectation, Queued, Standing {
  /** The newest, by time of measurement. */
  report: LightReport;
  /** Times of measurement of the last reports, newest first, epoch ms. */
  times: number[];
  /** What {@link stateOf} made, while it holds. */
  state: NodeState | undefined;
}

/** Without the LAN inventory, whose size is in `devices`: ten thousand of them would fill the memory. */
export type LightReport = Omit<StoredReport, 'hosts'>;

export function lightReport(report: StoredReport): LightReport {
  if (report.hosts === undefined) return report;
  const { hosts, ...light } = report;
  if (light.devices === undefined) light.devices = hosts.length;
  return light;
}

const NONE: Pick<NodeState, 'metrics' | 'targets' | 'labels'> = { metrics: {}, targets: [], labels: {} };

/**
 * The state of a node: made when somebody asks for it, since most reports of a flood are followed
 * by the next before anybody does. Never written to, so that it may be handed out.
 */
export function stateOf(node: WatchedNode): NodeState {
  return (node.state ??= createState(node));
}

function createState(node: WatchedNode): NodeState {
  const { report, status, since, connected } = node;
  return {
    node: report.node,
    status,
    since,
    ip: report.ip ?? null,
    devices: report.devices ?? null,
    latency: report.latency ?? null,
    loss: report.loss ?? null,
    jitter: report.jitter ?? null,
    metrics: report.metrics ?? NONE.metrics,
    targets: report.targets ?? NONE.targets,
    labels: report.labels ?? NONE.labels,
    agent: report.agent ?? null,
    timestamp: report.timestamp,
    receivedAt: report.receivedAt,
    interval: node.intervalSeconds,
    nextDue: nextDueMs(node),
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
  before: Pick<Standing, 'status' | 'since'> | undefined,
): Pick<Standing, 'status' | 'since'> {
  const status = statusAt(expected, nowMs);
  if (before?.status === status) return { status, since: before.since };
  // Time alone makes nothing better: a socket came back, and took the node from dark to late just now.
  if (status === 'late' && before?.status === 'offline') return { status, since: nowMs };
  if (status === 'late' || status === 'offline') return { status, since: silentSinceMs(expected, status) };
  const ranOut = status === 'online' && before?.status === 'paused' ? expected.pausedUntilMs : undefined;
  return { status, since: Math.min(nowMs, ranOut ?? begins[status]) };
}

export function labelsOf({ labels }: LightReport): Record<string, string> {
  return labels ?? NONE.labels;
}

export function sameTexts(left: Record<string, string>, right: Record<string, string>): boolean {
  if (left === right) return true;
  for (const name in left) if (left[name] !== right[name]) return false;
  // What each object has, such as `constructor`, is no label of it.
  for (const name in right) if (!Object.hasOwn(left, name)) return false;
  return true;
}
