import type { Status } from '../../protocol/node-state.ts';
import type { ColumnKey } from './column-key.ts';

/** What of the fleet is to be seen, in which order, and how. Never changed: another view is another query. */
export interface Query {
  sort: ColumnKey;
  descending: boolean;
  /** Only nodes of these; empty: of any. */
  statuses: ReadonlySet<Status>;
  /** Words that must all be found in name, IP or labels; or in the inventory of the node's LAN. */
  text: string;
  /** The label by whose values nodes are gathered; `null`: they are not. */
  group: string | null;
  /** Groups of which only the heading is shown, by the label's value. */
  closed: ReadonlySet<string>;
  /** The columns, in order; `null`: those there is room for. */
  columns: readonly ColumnKey[] | null;
}

/** Everything, trouble first. */
export const EVERYTHING: Query = {
  sort: 'status',
  descending: false,
  statuses: new Set(),
  text: '',
  group: null,
  closed: new Set(),
  columns: null,
};

/** After the header of a column was pressed: sorts by it, and the other way round the second time. */
export function sortedBy(query: Query, sort: ColumnKey): Query {
  return { ...query, sort, descending: query.sort === sort && !query.descending };
}

/** After the chip of a status was pressed: with it, or without it if it was chosen. */
export function toggled(query: Query, status: Status): Query {
  return { ...query, statuses: flipped(query.statuses, status) };
}

/** After a group's heading was pressed: closed, or open if it was closed. */
export function folded(query: Query, group: string): Query {
  return { ...query, closed: flipped(query.closed, group) };
}

/** Nodes gathered by another label, or by none: all groups open. */
export function groupedBy(query: Query, group: string | null): Query {
  return { ...query, group, closed: new Set() };
}

/**
 * With a column more, or without it if it was there. `shown` is what stands there now; a new one
 * takes its place before the first of those that follow it in `all`.
 */
export function withColumn(query: Query, key: ColumnKey, shown: readonly ColumnKey[], all: readonly ColumnKey[]): Query {
  if (shown.includes(key)) return { ...query, columns: shown.filter((other) => other !== key) };
  const later = new Set(all.slice(all.indexOf(key) + 1));
  const before = shown.findIndex((other) => later.has(other));
  const at = before === -1 ? shown.length : before;
  return { ...query, columns: [...shown.slice(0, at), key, ...shown.slice(at)] };
}

function flipped<Value>(values: ReadonlySet<Value>, value: Value): Set<Value> {
  const others = new Set(values);
  if (!others.delete(value)) others.add(value);
  return others;
}
