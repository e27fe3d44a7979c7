import { setImmediate as breathe } from 'node:timers/promises';
import type { NewestAsOf } from './as-of.ts';
import type { Log } from './log.ts';
import type { ReportIndex } from './report-index.ts';
import { reportParts } from './report-parts.ts';
import type { ReportAsOf } from './report-store.ts';

/** Reports read before everything else gets its turn: a few ms of work. */
const BATCH = 512;
/** More nodes than there can ever be; a sequence number and a rank fit into one number. */
const RANKS = 2 ** 17;

/** As `ReportStore.asOf`: found in the index, read from the log in the order in which they lie there. */
export async function* readAsOf(
  index: ReportIndex,
  log: Pick<Log, 'read'>,
  receivedUntilMs: number,
  node: string | undefined,
): AsyncGenerator<ReportAsOf[]> {
  const found = await find(index, receivedUntilMs, node);
  // The log is in the order of the sequence numbers. One number each is sorted ten times as fast.
  const order = Float64Array.from(found, ({ seq }, rank) => seq * RANKS + rank).sort();
  for (let at = 0; at < order.length; at += BATCH) {
    const ranks = Array.from(order.subarray(at, at + BATCH), (key) => key % RANKS);
    // What was removed since is left out; the read begins in this same turn.
    const batch = ranks.flatMap((rank) => {
      const newest = found[rank];
      return newest && index.has(newest.seq) ? [newest] : [];
    });
    const texts = await log.read(batch.map(({ seq }) => index.place(seq)));
    yield batch.map((newest, n) => {
      const bytes = texts[n] ?? new Uint8Array();
      return { times: newest.times, parts: reportParts(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()) };
    });
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
