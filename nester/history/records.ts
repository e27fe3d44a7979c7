import type { TakenReport } from '../store/report-store.ts';
import { COUNTED } from './block.ts';
import { createDayIndex, type DayIndex } from './day-index.ts';
import { createLayouts } from './layout.ts';
import { createNodeColumns, type NodeColumns } from './node-columns.ts';
import { DAY_MS } from './step-ladder.ts';

/**
 * What is known of one node.
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
  /** What operators took away and lines may still count: see `settleEdits`. */
  edits: TakenReport[];
  /** Days whose line is to be written anew, although no report waits for it. */
  forced: Set<number>;
  /** Days whose line is being written. */
  rolling: Set<number>;
}

export interface Records {
  get(node: string): NodeRecord | undefined;
  /** Made when it is not there. */
  of(node: string): NodeRecord;
  remove(node: string): void;
  all(): Iterable<NodeRecord>;
}

export function createRecords(): Records {
  const layouts = createLayouts();
  const nodes = new Map<string, NodeRecord>();
  return {
    get: (node) => nodes.get(node),
    of(node) {
      let record = nodes.get(node);
      if (!record) {
        record = {
          name: node,
          columns: createNodeColumns(layouts),
          lines: createDayIndex(),
          isFilled: false,
          edits: [],
          forced: new Set(),
          rolling: new Set(),
        };
        nodes.set(node, record);
      }
      return record;
    },
    remove: (node) => void nodes.delete(node),
    all: () => nodes.values(),
  };
}

/** How many reports of a day are in its line. */
export function countedRows({ columns }: NodeRecord, day: number): number {
  let count = 0;
  for (const { block, from, to } of columns.rows(day * DAY_MS, (day + 1) * DAY_MS)) {
    for (let row = from; row < to; row++) if (((block.flags[row] ?? 0) & COUNTED) !== 0) count++;
  }
  return count;
}

/** Sets and clears bits of all reports of a day that have one of `where`. */
export function setFlags({ columns }: NodeRecord, day: number, where: number, set: number, clear: number): void {
  for (const { block, from, to } of columns.rows(day * DAY_MS, (day + 1) * DAY_MS)) {
    for (let row = from; row < to; row++) {
      const flags = block.flags[row] ?? 0;
      if ((flags & where) !== 0) block.flags[row] = (flags & ~clear) | set;
    }
  }
}

/** The line of the day counts nothing that matters any more: all that is left of it is in the columns. */
export function dropLine(record: NodeRecord, day: number): void {
  record.lines.remove(day);
  setFlags(record, day, COUNTED, 0, COUNTED);
  // On disk it stands until another takes its place.
  record.forced.add(day);
}
