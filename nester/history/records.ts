import type { TakenReport } from '../store/report-store.ts';
import { COUNTED } from './block.ts';
import { createDayIndex, type DayIndex, removeEntry } from './day-index.ts';
import { type NodeColumns, removeReports, rowsBetween } from './node-columns.ts';
import { DAY_MS } from './step-ladder.ts';

/**
 * What is known of one node. There may be ten thousand, so what few have is `undefined` for the
 * others.
 *
 * A report with `COUNTED` is in the line of its day; one without is in no line. A line may count
 * more than the columns still hold: what was retired is there and nowhere else.
 */
export interface NodeRecord {
  name: string;
  columns: NodeColumns;
  /** Its lines in history.json. */
  lines: DayIndex;
  /** Every report that the store keeps is in the columns. */
  isFilled: boolean;
  /** Grows when what the lines count, or what was retired, changed: an answer half made is void. */
  version: number;
  /** What operators took away and lines may still count: see `settleEdits`. */
  edits: TakenReport[] | undefined;
  /** Days whose line is to be written anew, although no report waits for it. */
  forced: Set<number> | undefined;
  /** Days whose line is being written. */
  rolling: Set<number> | undefined;
  /** It was forgotten: whoever still holds it finds no reports, and asks for no line. */
  isGone: boolean;
}

export interface Records {
  get(node: string): NodeRecord | undefined;
  /** Made when it is not there. */
  of(node: string): NodeRecord;
  remove(node: string): void;
  all(): Iterable<NodeRecord>;
}

export function createRecords(): Records {
  const nodes = new Map<string, NodeRecord>();
  return {
    get: (node) => nodes.get(node),
    of(node) {
      let record = nodes.get(node);
      if (!record) {
        record = {
          name: node,
          columns: [],
          lines: createDayIndex(),
          isFilled: false,
          version: 0,
          edits: undefined,
          forced: undefined,
          rolling: undefined,
          isGone: false,
        };
        nodes.set(node, record);
      }
      return record;
    },
    remove(node) {
      const record = nodes.get(node);
      if (!record) return;
      record.isGone = true;
      record.version++;
      removeReports(record.columns);
      nodes.delete(node);
    },
    all: () => nodes.values(),
  };
}

/** How many reports of a day are in its line. */
export function countedRows({ columns }: NodeRecord, day: number): number {
  let count = 0;
  for (const { block, from, to } of rowsBetween(columns, day * DAY_MS, (day + 1) * DAY_MS)) {
    for (let row = from; row < to; row++) if (((block.flags[row] ?? 0) & COUNTED) !== 0) count++;
  }
  return count;
}

/** Sets and clears bits of all reports of a day that have one of `where`. */
export function setFlags(record: NodeRecord, day: number, where: number, set: number, clear: number): void {
  record.version++;
  for (const { block, from, to } of rowsBetween(record.columns, day * DAY_MS, (day + 1) * DAY_MS)) {
    for (let row = from; row < to; row++) {
      const flags = block.flags[row] ?? 0;
      if ((flags & where) !== 0) block.flags[row] = (flags & ~clear) | set;
    }
  }
}

/** The line of the day counts nothing that matters any more: all that is left of it is in the columns. */
export function dropLine(record: NodeRecord, day: number): void {
  removeEntry(record.lines, day);
  setFlags(record, day, COUNTED, 0, COUNTED);
  // On disk it stands until another takes its place.
  force(record, day);
}

/** The line of the day is to be written anew. */
export function force(record: NodeRecord, day: number): void {
  record.forced ??= new Set();
  record.forced.add(day);
}
