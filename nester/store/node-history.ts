import type { StoredReport } from '../../protocol/report.ts';
import type { Log } from './log.ts';
import type { ReportIndex } from './report-index.ts';
import type { NodeHistory } from './report-store.ts';

/** Times of a node's last reports: enough for a median that one gap does not move. */
const TIMES = 10;
/** Reports looked at to find them: late arrivals may stand between. */
const LOOKED_AT = 32;
const BATCH = 512;

/** What is known of these nodes; those without any report are left out. */
export async function nodeHistories(
  index: ReportIndex,
  log: Pick<Log, 'read'>,
  nodes: readonly string[],
): Promise<NodeHistory[]> {
  const histories: NodeHistory[] = [];
  for (let at = 0; at < nodes.length; at += BATCH) {
    const known = nodes.slice(at, at + BATCH).filter((node) => index.newestOf(node) !== 0);
    const times = known.map((node) => lastTimes(index, node));
    const texts = await log.read(known.map((node) => index.row(index.newestOf(node)).place));
    for (const [n, node] of known.entries()) {
      const text = texts[n];
      if (!text) throw new Error('BUG: the log returned fewer reports than asked for');
      // Written by `serialiseReport`, and its CRC was checked when the log was opened.
      const newest = JSON.parse(Buffer.from(text).toString()) as StoredReport;
      histories.push({ node, newest, times: times[n] ?? [] });
    }
  }
  return histories;
}

function lastTimes(index: ReportIndex, node: string): number[] {
  const times: number[] = [];
  for (const seq of index.ofNode(node)) {
    times.push(index.row(seq).timestampMs);
    if (times.length === LOOKED_AT) break;
  }
  return times.sort((a, b) => b - a).slice(0, TIMES);
}
