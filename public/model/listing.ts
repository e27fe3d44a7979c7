import { type Found, matcher } from './filter.ts';
import { type GroupSummary, summaryOf } from './group-summary.ts';
import { own } from './own.ts';
import type { Query } from './query.ts';
import type { Row } from './row.ts';
import type { Edition } from './rows.ts';
import { createSortValues } from './sort-value.ts';

/** One line of the table: a node, or the heading of a group. */
export type Item = NodeItem | GroupItem;

export interface NodeItem {
  readonly kind: 'node';
  readonly node: string;
}

export interface GroupItem {
  readonly kind: 'group';
  /** The label's value; empty: nodes without it. */
  readonly value: string;
  readonly closed: boolean;
  readonly summary: GroupSummary;
}

/** What is listed, top to bottom. Never changed: the same object means the same lines in the same order. */
export interface Listed {
  readonly items: readonly Item[];
  /** How many nodes match, those in closed groups too. */
  readonly matching: number;
}

/**
 * Puts what a query asks for in its order, and leaves it there for a while.
 *
 * Values on the screen are always the newest, but lines change places at most once in
 * {@link SETTLE_MS}: no row is shuffled away under the reader's eyes, and a thousand reports a
 * second cost one sorting. A new query takes effect at once; so do rows that come, go, or change
 * their status, unless it was only just listed anew ({@link REST_MS}).
 */
export interface Listing {
  list(fleet: ListedFleet, query: Query, found: Found, nowMs: number): Listed;
  /** In how many ms there will be something to list anew, if nothing else happens; `undefined`: nothing waits. */
  dueInMs(nowMs: number): number | undefined;
}

export interface ListedFleet {
  rows: ReadonlyMap<string, Row>;
  edition: Readonly<Edition>;
}

export const SETTLE_MS = 1_000;
export const REST_MS = 200;

interface Entry extends NodeItem {
  row: Row;
  value: number | null;
  rank: number;
}

export function createListing(compareNames: (a: string, b: string) => number): Listing {
  const values = createSortValues(compareNames);
  let entries = new Map<string, Entry>();
  /** All entries in the order of the last sorting: sorting what is nearly sorted costs little. */
  let sorted: Entry[] = [];
  let last: { rows: ReadonlyMap<string, Row>; edition: Edition; query: Query; found: Found; atMs: number; listed: Listed } | undefined;
  let waitsUntilMs: number | undefined;

  function enter(rows: ReadonlyMap<string, Row>): void {
    let isOther = rows.size !== entries.size;
    for (const [node, row] of rows) {
      const entry = entries.get(node);
      if (entry) entry.row = row;
      else {
        entries.set(node, { kind: 'node', node, row, value: null, rank: 0 });
        isOther = true;
      }
    }
    if (!isOther) return;
    if (entries.size > rows.size) entries = new Map([...entries].filter(([node]) => rows.has(node)));
    sorted = sorted.filter((entry) => entries.get(entry.node) === entry);
    const placed = new Set(sorted);
    for (const entry of entries.values()) if (!placed.has(entry)) sorted.push(entry);
  }

  function arrange(rows: ReadonlyMap<string, Row>, query: Query, found: Found): Listed {
    enter(rows);
    values.learn(rows, query.sort);
    const valueOf = values.of(query.sort);
    for (const entry of sorted) {
      entry.value = valueOf(entry.row);
      entry.rank = values.rank(entry.row);
    }
    const sign = query.descending ? -1 : 1;
    sorted.sort((a, b) => compareValues(a.value, b.value, sign) || a.rank - b.rank);
    const matches = matcher(query, found);
    const matching = sorted.filter(({ row }) => matches(row));
    const { group } = query;
    const items = group === null ? matching : gathered(matching, group, query.closed, compareNames);
    return { items, matching: matching.length };
  }

  return {
    list({ rows, edition }, query, found, nowMs) {
      waitsUntilMs = undefined;
      if (last?.rows === rows && last.query === query && last.found === found && nowMs >= last.atMs) {
        const isRestless = query.group !== null || (query.sort !== 'node' && query.sort !== 'status');
        if (edition.shape !== last.edition.shape) waitsUntilMs = last.atMs + REST_MS;
        else if (isRestless && edition.values !== last.edition.values) waitsUntilMs = last.atMs + SETTLE_MS;
        if (waitsUntilMs === undefined || nowMs < waitsUntilMs) return last.listed;
        waitsUntilMs = undefined;
      }
      const listed = arrange(rows, query, found);
      last = { rows, edition: { ...edition }, query, found, atMs: nowMs, listed };
      return listed;
    },
    dueInMs: (nowMs) => (waitsUntilMs === undefined ? undefined : Math.max(0, waitsUntilMs - nowMs)),
  };
}

/** Unknown is neither small nor large: it stays last in both directions. */
function compareValues(a: number | null, b: number | null, sign: number): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return (a - b) * sign;
}

/** Entries under the headings of their groups: groups in trouble first, those without the label last among their like. */
function gathered(entries: readonly Entry[], label: string, closed: ReadonlySet<string>, compare: (a: string, b: string) => number): Item[] {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const value = own(entry.row.labels, label) ?? '';
    const group = groups.get(value);
    if (group) group.push(entry);
    else groups.set(value, [entry]);
  }
  return [...groups]
    .map(([value, members]) => ({ value, members, summary: summaryOf(members.map(({ row }) => row)) }))
    .sort((a, b) => gravity(a.summary) - gravity(b.summary) || Number(a.value === '') - Number(b.value === '') || compare(a.value, b.value))
    .flatMap(({ value, members, summary }): Item[] => {
      const isClosed = closed.has(value);
      return [{ kind: 'group', value, closed: isClosed, summary }, ...(isClosed ? [] : members)];
    });
}

/** 0 for the worst. */
function gravity({ counts }: GroupSummary): number {
  return counts.offline > 0 ? 0 : counts.late > 0 ? 1 : 2;
}
