import type { TakenReport } from '../store/report-store.ts';
import { COUNTED } from './block.ts';
import { entryOf } from './day-index.ts';
import { dayOf } from './day-values.ts';
import { markReport } from './node-columns.ts';
import { countedRows, dropLine, type NodeRecord } from './records.ts';

/**
 * Brings the lines of a node into line with what operators took away or changed. The line of a
 * day that counts what is gone is made anew from the reports of the day, if all of them are
 * still kept. If not, it stays: what it counts is known nowhere else.
 *
 * By sequence numbers, so that it comes to the same after a restart at any moment.
 */
export function settleEdits(record: NodeRecord): void {
  const { edits: all } = record;
  if (all === undefined) return;
  const byDay = new Map<number, TakenReport[]>();
  for (const edit of all) {
    const day = dayOf(edit.timestampMs);
    const edits = byDay.get(day);
    if (edits) edits.push(edit);
    else byDay.set(day, [edit]);
  }
  record.edits = undefined;
  for (const [day, edits] of byDay) {
    if (record.rolling?.has(day)) record.edits = [...(record.edits ?? []), ...edits];
    else settleDay(record, day, edits);
  }
}

function settleDay(record: NodeRecord, day: number, edits: readonly TakenReport[]): void {
  const entry = entryOf(record.lines, day);
  if (!entry) return;
  const stale = edits.filter(({ seq, by }) => seq <= entry.through && by > entry.through);
  if (stale.length === 0) return;
  if (entry.reports === countedRows(record, day) + stale.length) dropLine(record, day);
  // What took the place of a counted report stands for it.
  else for (const { timestampMs } of stale) markReport(record.columns, timestampMs, COUNTED);
}
