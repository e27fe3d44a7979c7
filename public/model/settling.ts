import type { Order } from './order.ts';
import type { Query } from './query.ts';
import type { Row } from './row.ts';

/** How long rows keep their places. */
export const SETTLE_MS = 1_000;

/**
 * An order that does not shuffle rows under the reader's eyes: values are always the newest,
 * but rows change places at most once in {@link SETTLE_MS}. A new query, and rows that come or
 * go, take effect at once. Orders by name or status need no rest: they change only with news.
 */
export interface SettlingOrder {
  arrange(rows: readonly Row[], query: Query, nowMs: number): Row[];
}

export function createSettlingOrder(order: Order): SettlingOrder {
  let last: { query: Query; atMs: number; nodes: string[] } | undefined;

  function inOldPlaces(rows: readonly Row[], nodes: readonly string[]): Row[] | undefined {
    if (rows.length !== nodes.length) return undefined;
    const byNode = new Map(rows.map((row) => [row.node, row]));
    const list: Row[] = [];
    for (const node of nodes) {
      const row = byNode.get(node);
      if (!row) return undefined;
      list.push(row);
    }
    return list;
  }

  return {
    arrange(rows, query, nowMs) {
      const fresh = last?.query === query && nowMs - last.atMs < SETTLE_MS && nowMs >= last.atMs;
      const restless = query.sort !== 'node' && query.sort !== 'status';
      const settled = restless && fresh && last ? inOldPlaces(rows, last.nodes) : undefined;
      if (settled) return settled;
      const arranged = order.arrange(rows, query);
      last = { query, atMs: nowMs, nodes: arranged.map(({ node }) => node) };
      return arranged;
    },
  };
}
