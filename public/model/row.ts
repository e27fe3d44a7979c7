import type { LiveReport, NodeState, Status } from '../../protocol/node-state.ts';

/**
 * A node as the page shows it: its state without `nextDue`, which a report alone does not
 * tell and which Nester therefore judges (`status` says what it found).
 */
export type Row = Omit<NodeState, 'nextDue'>;

/** From bad to good. The order in which the page lists them. */
export const STATUSES: readonly Status[] = ['offline', 'late', 'paused', 'online'];

/** The row after a report: measured values are the report's, what it did not measure is unknown. */
export function measured(row: Row, report: LiveReport): Row {
  return {
    ...row,
    ip: report.ip ?? null,
    devices: report.devices ?? null,
    latency: report.latency ?? null,
    loss: report.loss ?? null,
    jitter: report.jitter ?? null,
    metrics: report.metrics ?? {},
    targets: report.targets ?? [],
    labels: report.labels ?? {},
    agent: report.agent ?? null,
    timestamp: report.timestamp,
    receivedAt: report.receivedAt,
  };
}
