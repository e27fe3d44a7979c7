import type { Status } from '../../protocol/node-state.ts';

/** What of the fleet is to be seen, and in which order. */
export interface Query {
  sort: SortKey;
  descending: boolean;
  /** Only nodes of these; empty: of any. */
  statuses: ReadonlySet<Status>;
  /** Words that must all be found in name, IP or labels. */
  text: string;
}

/** What rows can be ordered by: the columns. */
export type SortKey = 'status' | 'node' | 'ip' | 'devices' | 'latency' | 'loss' | 'updated';

/** Everything, trouble first. */
export const EVERYTHING: Query = { sort: 'status', descending: false, statuses: new Set(), text: '' };

/** After the header of a column was pressed: sorts by it, and the other way round the second time. */
export function sortedBy(query: Query, sort: SortKey): Query {
  return { ...query, sort, descending: query.sort === sort && !query.descending };
}

/** After the chip of a status was pressed: with it, or without it if it was chosen. */
export function toggled(query: Query, status: Status): Query {
  const statuses = new Set(query.statuses);
  if (!statuses.delete(status)) statuses.add(status);
  return { ...query, statuses };
}
