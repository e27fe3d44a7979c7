import type { Status } from '../../protocol/node-state.ts';
import type { Row } from './row.ts';

export type Counts = Record<Status, number> & { all: number };

export const NO_COUNTS: Readonly<Counts> = { all: 0, offline: 0, late: 0, paused: 0, online: 0 };

/** How many nodes there are of each status. */
export function count(rows: Iterable<Row>): Counts {
  const counts: Counts = { ...NO_COUNTS };
  for (const { status } of rows) {
    counts[status]++;
    counts.all++;
  }
  return counts;
}

/** Nodes that are not well. One that is being worked on is not among them. */
export function inTrouble(counts: Counts): number {
  return counts.late + counts.offline;
}
