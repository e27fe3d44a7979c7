import { metricOf, type ColumnKey } from './column-key.ts';
import { ipKey } from './ip-key.ts';
import { createNameRanks, type NameRanks } from './name-ranks.ts';
import { own } from './own.ts';
import { type Row, STATUSES } from './row.ts';

/** Turns what rows are ordered by into numbers. */
export interface SortValues {
  /** Takes in the rows' texts; to be called before `of` whenever rows came or changed. */
  learn(rows: ReadonlyMap<string, Row>, sort: ColumnKey): void;
  /** A number that grows as the value does; `null` where there is none. Made once per sorting, called per row. */
  of(sort: ColumnKey): (row: Row) => number | null;
  /** The place of the row's name among all names. */
  rank(row: Row): number;
}

export function createSortValues(compareNames: (a: string, b: string) => number): SortValues {
  const names = createNameRanks(compareNames);
  const versions = createNameRanks(compareNames);
  const addresses = createNameRanks((a, b) => (ipKey(a) < ipKey(b) ? -1 : 1));

  function learn(ranks: NameRanks, rows: ReadonlyMap<string, Row>, read: (row: Row) => string | null | undefined): void {
    ranks.learn(textsOf(rows.values(), read), rows.size);
  }

  return {
    learn(rows, sort) {
      names.learn(rows.keys(), rows.size);
      if (sort === 'ip') learn(addresses, rows, ({ ip }) => ip);
      if (sort === 'agent') learn(versions, rows, ({ agent }) => agent?.version);
    },
    of(sort) {
      const metric = metricOf(sort);
      if (metric !== undefined) return ({ metrics }) => own(metrics, metric) ?? null;
      switch (sort) {
        case 'node':
          return ({ node }) => names.rank(node);
        case 'status':
          return ({ status }) => STATUSES.indexOf(status);
        case 'ip':
          return ({ ip }) => (ip === null ? null : addresses.rank(ip));
        case 'agent':
          return ({ agent }) => (agent === null ? null : versions.rank(agent.version));
        case 'updated':
          return ({ timestamp }) => Date.parse(timestamp);
        case 'devices':
        case 'latency':
        case 'loss':
        case 'jitter':
          return (row) => row[sort];
        default:
          throw new Error(`BUG: nothing is known of sorting by ${sort}`);
      }
    },
    rank: ({ node }) => names.rank(node),
  };
}

function* textsOf(rows: Iterable<Row>, read: (row: Row) => string | null | undefined): Generator<string> {
  for (const row of rows) {
    const text = read(row);
    if (text !== null && text !== undefined) yield text;
  }
}
