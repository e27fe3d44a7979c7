import type { ViewerFrame } from '../../protocol/frames.ts';
import type { NodeState, Status } from '../../protocol/node-state.ts';
import { measured, type Row } from './row.ts';

/**
 * The rows: what all frames so far add up to. No clock, no DOM.
 *
 * A row is replaced, never changed: the same object means nothing about it is new.
 */
export interface Rows {
  /** By node name. The same map for ever; read only. */
  readonly byNode: ReadonlyMap<string, Row>;
  /** Takes in one frame; returns the statuses that became others by it. */
  fold(frame: ViewerFrame): StatusChange[];
}

export interface StatusChange {
  node: string;
  status: Status;
}

export function createRows(): Rows {
  const byNode = new Map<string, Row>();
  let known = false;

  function put(state: NodeState, changes: StatusChange[]): void {
    const before = byNode.get(state.node);
    if (known && before?.status !== state.status) changes.push({ node: state.node, status: state.status });
    byNode.set(state.node, state);
  }

  return {
    byNode,
    fold(frame) {
      const changes: StatusChange[] = [];
      switch (frame.type) {
        case 'snapshot': {
          const stay = new Set(frame.nodes.map(({ node }) => node));
          for (const node of byNode.keys()) if (!stay.has(node)) byNode.delete(node);
          for (const state of frame.nodes) put(state, changes);
          known = true;
          break;
        }
        case 'nodes':
          for (const state of frame.nodes) put(state, changes);
          break;
        case 'reports':
          for (const report of frame.reports) {
            const row = byNode.get(report.node);
            // A node's first report is followed by its state, which makes the row. A report older
            // than the row arrived late: it belongs to the past, not to what is now. Timestamps
            // are all of one form, so text order is time order.
            if (row && report.timestamp >= row.timestamp) byNode.set(report.node, measured(row, report));
          }
          break;
        case 'removed':
          for (const node of frame.nodes) byNode.delete(node);
          break;
        case 'error':
          break;
      }
      return changes;
    },
  };
}
