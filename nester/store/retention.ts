import { setImmediate as breathe } from 'node:timers/promises';
import type { ReportIndex } from './report-index.ts';

export interface RetentionLimits {
  /** Reports received longer ago go. */
  retentionMs: number;
  /** More reports than this are not kept. */
  maxReports: number;
}

/**
 * How many reports more than necessary go when there are too many, as a part of the limit: a
 * rewrite of data.json is paid for by that many new reports. Small files are kept exact.
 */
const SLACK = 1 / 16;
const SLACK_FROM = 1_000;

/**
 * Sequence numbers of the reports to retire, ascending: the oldest in order of receipt, but
 * never the newest of a node, which is all that is known of a site that went dark. Looks at a
 * thousand or so, and lets everything else have its turn: what is named may be gone by the end.
 */
export async function retiredSeqs(index: ReportIndex, { retentionMs, maxReports }: RetentionLimits, nowMs: number): Promise<number[]> {
  const slack = maxReports >= SLACK_FROM ? Math.floor(maxReports * SLACK) : 0;
  const surplus = index.count() > maxReports ? index.count() - maxReports + slack : 0;
  const oldestMs = nowMs - retentionMs;
  const retired: number[] = [];
  for (const batch of index.bySeq(0, index.last())) {
    for (const seq of batch) {
      const { node, receivedAtMs } = index.row(seq);
      if (retired.length >= surplus && receivedAtMs >= oldestMs) return retired;
      if (index.newestOf(node) !== seq) retired.push(seq);
    }
    await breathe();
  }
  return retired;
}
