import { setImmediate as breathe } from 'node:timers/promises';
import type { StoredReport } from '../../protocol/report.ts';
import type { Log } from './log.ts';
import type { ReportIndex } from './report-index.ts';
import type { WalkedReport } from './report-store.ts';

const NOTHING = new Uint8Array(0);

/** Reports read at once. */
const AT_ONCE = 256;
/**
 * Once it took so long, everything else gets its turn. Counting reports would not do: whoever sees
 * one may make room for it, and while V8 collects garbage, a piece of memory outside of its heap is
 * paid for with 5 to 10 ms of marking.
 */
const TURN_MS = 1;

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
      let turnMs = performance.now();
      for (const [n, seq] of live.entries()) {
        if (!index.has(seq)) continue;
        visit([walked(seq, texts[n] ?? NOTHING)]);
        if (performance.now() - turnMs < TURN_MS) continue;
        await breathe();
        turnMs = performance.now();
      }
    }
  }

  function walked(seq: number, text: Uint8Array): WalkedReport {
    const { timestampMs, carried } = index.row(seq);
    // Written by `serialiseReport`, and its CRC was checked when the log was opened.
    const report = JSON.parse(Buffer.from(text.buffer, text.byteOffset, text.length).toString()) as StoredReport;
    return { seq, timestampMs, carried, report };
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
