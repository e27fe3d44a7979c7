import type { NodeState } from '../../protocol/node-state.ts';
import type { StoredReport } from '../../protocol/report.ts';

/** What a node's state is made from at start, or after reports were taken away. */
export interface NodeHistory {
  node: string;
  newest: StoredReport;
  /** Times of the last reports, newest first, epoch ms. */
  times: number[];
}

/** What changed at one moment. */
export interface FleetChange {
  /** When, epoch ms. */
  atMs: number;
  /** States whose status, interval, labels or connection changed, also when a report brought the change. */
  nodes: NodeState[];
  /** Nodes that are gone. */
  removed: string[];
  /** By how much the clock was found to have moved beyond the time that passed, ms; negative when it was set back. */
  leapMs?: number;
}

/**
 * The fleet: the newest report of each node and what follows from it (docs/api.md, state of a node).
 * Pure but for the injected clock and alarm.
 */
export interface Fleet {
  /** At start, before anything else. */
  load(histories: readonly NodeHistory[]): void;
  /** Reports just stored, in order, each with its time of measurement, epoch ms. Late arrivals change nothing. */
  apply(reports: readonly { report: StoredReport; timestampMs: number }[]): void;
  /** Reports of a node were taken away; `undefined`: nothing is left, the node goes. */
  rebuild(node: string, history: NodeHistory | undefined): void;
  /** An agent's socket says it speaks for the node; several may. Returns what to call when it closes. */
  connect(node: string): () => void;
  get(node: string): NodeState | undefined;
  has(node: string): boolean;
  /** How many nodes there are. */
  count(): number;
  /** Every node's state, in order of first appearance. */
  all(): NodeState[];
  /** Changes whenever any state changes. For ETags and cached snapshots. */
  version(): number;
  onChange(listener: (change: FleetChange) => void): void;
  /** Stops the alarm. */
  close(): void;
}
