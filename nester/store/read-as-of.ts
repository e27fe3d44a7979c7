import { setImmediate as breathe } from 'node:timers/promises';
import type { StoredReport } from '../../protocol/report.ts';
import type { NewestAsOf } from './as-of.ts';
import type { Log, Place } from './log.ts';
import type { ReportIndex } from './report-index.ts';
import type { ReportAsOf } from './report-store.ts';

/** Reports read and parsed before everything else gets its turn: some ms of work. */
const BATCH = 512;

/** As `ReportStore.asOf`: found in the index, read from the log in the order in which they lie there. */
export async function* readAsOf(
  index: ReportIndex,
  log: Pick<Log, 'read'>,
  receivedUntilMs: number,
  node: string | undefined,
): AsyncGenerator<ReportAsOf[]> {
  const found = await find(index, receivedUntilMs, node);
  const ranked = found.map((newest, rank) => ({ ...newest, rank }));
  const placed = ranked.flatMap((one) => (index.has(one.seq) ? [{ ...one, place: index.row(one.seq).place }] : []));
  placed.sort((a, b) => inOrderOfPlace(a.place, b.place));
  for (let at = 0; at < placed.length; at += BATCH) {
    // Asked anew, because segments may have been rewritten meanwhile; the read begins in this same turn.
    const batch = placed.slice(at, at + BATCH).filter(({ seq }) => index.has(seq));
    const texts = await log.read(batch.map(({ seq }) => index.row(seq).place));
    yield batch.map(({ rank, times }, n) => ({ rank, times, report: parseWithoutHosts(texts[n] ?? new Uint8Array()) }));
  }
}

async function find(index: ReportIndex, receivedUntilMs: number, node: string | undefined): Promise<NewestAsOf[]> {
  if (node !== undefined) {
    const newest = index.nodeAsOf(node, receivedUntilMs);
    return newest ? [newest] : [];
  }
  const walk = index.asOf(receivedUntilMs);
  for (;;) {
    const step = walk.next();
    if (step.done) return step.value;
    await breathe();
  }
}

function inOrderOfPlace(a: Place, b: Place): number {
  return a.segment - b.segment || a.offset - b.offset;
}

const HOSTS_BEGIN = ',"hosts":[';
/** What may follow the hosts, in the order of the schema. None of these can stand inside a text, where a quote is escaped. */
const HOSTS_END = ['],"labels":{', '],"agent":{', '],"receivedAt":'];

/** A LAN inventory can be a hundred times the rest of its report: it is cut out before the text is parsed. */
function parseWithoutHosts(bytes: Uint8Array): StoredReport {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  const begin = text.indexOf(HOSTS_BEGIN);
  if (begin !== -1) {
    const end = Math.min(...HOSTS_END.map((end) => text.indexOf(end, begin)).filter((at) => at !== -1));
    // Written by `serialiseReport`, and its CRC was checked when the log was opened.
    const short = Number.isFinite(end) ? (JSON.parse(text.slice(0, begin) + text.slice(end + 1)) as StoredReport) : undefined;
    if (short?.devices !== undefined) return short;
  }
  return withoutHosts(JSON.parse(text) as StoredReport);
}

/** Their number stays. */
export function withoutHosts({ hosts, ...report }: StoredReport): StoredReport {
  if (hosts === undefined || report.devices !== undefined) return report;
  return { ...report, devices: hosts.length };
}
