import type { LiveReport, NodeState } from '../../protocol/node-state.ts';

/** Builders for tests: something valid, and what the test is about. */

export function aState(state: Partial<NodeState> = {}): NodeState {
  return {
    node: 'lyon-01',
    status: 'online',
    since: Date.parse('2026-11-22T07:00:00.000Z'),
    ip: '10.0.0.7',
    devices: 12,
    latency: 3.4,
    loss: 0,
    jitter: 0.2,
    metrics: {},
    targets: [],
    labels: {},
    agent: null,
    timestamp: '2026-11-22T08:00:00.000Z',
    receivedAt: Date.parse('2026-11-22T08:00:00.050Z'),
    interval: 60,
    nextDue: Date.parse('2026-11-22T08:01:00.050Z'),
    connected: false,
    ...state,
  };
}

export function aReport(report: Partial<LiveReport> = {}): LiveReport {
  return {
    node: 'lyon-01',
    timestamp: '2026-11-22T08:01:00.000Z',
    receivedAt: Date.parse('2026-11-22T08:01:00.050Z'),
    ...report,
  };
}
