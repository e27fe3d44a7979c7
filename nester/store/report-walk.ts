import { setImmediate as breathe } from 'node:timers/promises';
import type { StoredReport } from '../../protocol/report.ts';
import type { Log } from './log.ts';
import type { ReportIndex } from './report-index.ts';
import type { WalkedReport } from './report-store.ts';

/** Reports read at once. */
const AT_ONCE = 256;
/**
 * Reports shown before everything else gets its turn. Few: whoever sees them may make room for each,
 * and while V8 collects garbage, a piece of memory outside of its heap is paid for with 5 ms of marking.
 */
const SHOWN = 16;

/**
 * Shows the reports of the index, a few at a time, read from the log. What was removed while it
 * was being read is not shown. The walk ends where it began to look; what was carried forward
 * meanwhile has left the part that was looked at, and is shown last.
 */
export async function walkReports(
  index: ReportIndex,
  log: Pick<Log, 'read'>,
  visit: (reports: WalkedReport[]) => void,
  node?: string,
): Promise<void> {
  async function show(seqs: readonly number[]): Promise<void> {
    for (let at = 0; at < seqs.length; at += AT_ONCE) {
      const live = seqs.slice(at, at + AT_ONCE).filter((seq) => index.has(seq));
      const texts = await log.read(live.map((seq) => index.row(seq).place));
      for (let first = 0; first < live.length; first += SHOWN) {
        visit(stillThere(live.slice(first, first + SHOWN), texts.slice(first, first + SHOWN)));
        await breathe();
      }
    }
  }

  function stillThere(seqs: readonly number[], texts: readonly Uint8Array[]): WalkedReport[] {
    const walked: WalkedReport[] = [];
    for (const [n, seq] of seqs.entries()) {
      if (!index.has(seq)) continue;
      const { timestampMs, carried } = index.row(seq);
      // Written by `serialiseReport`, and its CRC was checked when the log was opened.
      walked.push({ seq, timestampMs, carried, report: JSON.parse(Buffer.from(texts[n] ?? []).toString()) as StoredReport });
    }
    return walked;
  }

  if (node !== undefined) {
    await show([...index.ofNode(node)].reverse());
    return;
  }
  const end = index.last();
  for (const batch of index.bySeq(0, end)) await show(batch);
  for (let from = end; from < index.last(); ) {
    const to = index.last();
    for (const batch of index.bySeq(from, to)) await show(batch.filter((seq) => index.has(seq) && index.row(seq).carried));
    from = to;
  }
}
