import { ipKey } from './ip-key.ts';
import type { Query, SortKey } from './query.ts';
import { type Row, STATUSES } from './row.ts';

/** Puts rows in the order a query asks for. Equal rows, and unknown values at the end, go by name. */
export interface Order {
  arrange(rows: Iterable<Row>, query: Query): Row[];
}

/**
 * Remembers the rank of each name: comparing names the natural way (`site 9` before `site 10`)
 * is a thousand times slower than comparing numbers, and names hardly ever change.
 */
export function createOrder(compareNames: (a: string, b: string) => number): Order {
  let ranks = new Map<string, number>();

  function rank(rows: readonly Row[]): void {
    if (rows.every(({ node }) => ranks.has(node))) return;
    const names = new Set([...ranks.keys(), ...rows.map(({ node }) => node)]);
    ranks = new Map([...names].sort(compareNames).map((name, index) => [name, index]));
  }

  return {
    arrange(rows, { sort, descending }) {
      const list = [...rows];
      rank(list);
      const rankOf = (row: Row): number => ranks.get(row.node) ?? 0;
      const keyOf: (row: Row) => Key = sort === 'node' ? rankOf : KEYS[sort];
      const sign = descending ? -1 : 1;
      return list
        .map((row) => ({ row, key: keyOf(row), rank: rankOf(row) }))
        .sort((a, b) => compareKeys(a.key, b.key, sign) || a.rank - b.rank)
        .map(({ row }) => row);
    },
  };
}

type Key = number | string | null;

const KEYS: Record<Exclude<SortKey, 'node'>, (row: Row) => Key> = {
  status: (row) => STATUSES.indexOf(row.status),
  ip: (row) => (row.ip === null ? null : ipKey(row.ip)),
  devices: (row) => row.devices,
  latency: (row) => row.latency,
  loss: (row) => row.loss,
  updated: (row) => row.timestamp,
};

/** Unknown is neither small nor large: it stays last in both directions. */
function compareKeys(a: Key, b: Key, sign: number): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return a < b ? -sign : sign;
}
