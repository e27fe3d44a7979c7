import type { ViewerFrame } from '../../protocol/frames.ts';
import type { NodeState, Status } from '../../protocol/node-state.ts';
import { type Counts, NO_COUNTS } from './counts.ts';
import { measured, type Row } from './row.ts';

/**
 * The rows: what all frames so far add up to. No clock, no DOM.
 *
 * A row is replaced, never changed: the same object means nothing about it is new.
 */
export interface Rows {
  /** By node name. The same map for ever; read only. */
  readonly byNode: ReadonlyMap<string, Row>;
  /** How many there are of each status. The same object for ever; read only. */
  readonly counts: Readonly<Counts>;
  readonly edition: Readonly<Edition>;
  /** Takes in one frame; returns the statuses that became others by it. */
  fold(frame: ViewerFrame): StatusChange[];
}

/** Says by numbers that differ that something else is to be shown, without looking at every row. */
export interface Edition {
  /** Counts whatever changed. */
  values: number;
  /** Counts what filters, groups and the order by trouble look at: nodes that come or go, statuses, addresses, labels. */
  shape: number;
}

export interface StatusChange {
  node: string;
  /** What it was before; `null` for a node that was not known. */
  from: Status | null;
  status: Status;
  /** Since when, by Nester's clock, epoch ms. */
  sinceMs: number;
}

export function createRows(): Rows {
  const byNode = new Map<string, Row>();
  const counts: Counts = { ...NO_COUNTS };
  const edition: Edition = { values: 0, shape: 0 };
  let known = false;

  function set(before: Row | undefined, row: Row): void {
    byNode.set(row.node, row);
    edition.values++;
    if (before?.status !== row.status) {
      if (before) counts[before.status]--;
      else counts.all++;
      counts[row.status]++;
      edition.shape++;
    } else if (before.ip !== row.ip || !areSame(before.labels, row.labels)) {
      edition.shape++;
    }
  }

  function put(state: NodeState, changes: StatusChange[]): void {
    const before = byNode.get(state.node);
    if (known && before?.status !== state.status) {
      changes.push({ node: state.node, from: before?.status ?? null, status: state.status, sinceMs: state.since });
    }
    set(before, state);
  }

  function remove(node: string): void {
    const before = byNode.get(node);
    if (!before) return;
    byNode.delete(node);
    counts[before.status]--;
    counts.all--;
    edition.values++;
    edition.shape++;
  }

  return {
    byNode,
    counts,
    edition,
    fold(frame) {
      const changes: StatusChange[] = [];
      switch (frame.type) {
        case 'snapshot': {
          const stay = new Set(frame.nodes.map(({ node }) => node));
          for (const node of byNode.keys()) if (!stay.has(node)) remove(node);
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
            if (row && report.timestamp >= row.timestamp) set(row, measured(row, report));
          }
          break;
        case 'removed':
          frame.nodes.forEach(remove);
          break;
        case 'error':
          break;
      }
      return changes;
    },
  };
}

function areSame(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
