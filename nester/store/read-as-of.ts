import { setImmediate as breathe } from 'node:timers/promises';
import type { NewestAsOf } from './as-of.ts';
import type { Log, Place } from './log.ts';
import type { ReportIndex } from './report-index.ts';
import type { ReportAsOf } from './report-store.ts';

/** Reports read before everything else gets its turn: a few ms of work. */
const BATCH = 512;

/** As `ReportStore.asOf`: found in the index, read from the log in the order in which they lie there. */
export async function* readAsOf(
  index: ReportIndex,
  log: Pick<Log, 'read'>,
  receivedUntilMs: number,
  node: string | undefined,
): AsyncGenerator<ReportAsOf[]> {
  const found = await find(index, receivedUntilMs, node);
  for (let at = 0; at < found.length; at += BATCH) {
    const batch: (Omit<ReportAsOf, 'json'> & { place: Place })[] = [];
    for (const { seq, times } of found.slice(at, at + BATCH)) {
      // What was removed since is left out; the read begins in this same turn.
      if (!index.has(seq)) continue;
      const { node, receivedAtMs, place } = index.row(seq);
      batch.push({ node, receivedAtMs, place, times });
    }
    const texts = await log.read(batch.map(({ place }) => place));
    yield batch.map(({ node, receivedAtMs, times }, n) => ({ node, receivedAtMs, json: texts[n] ?? new Uint8Array(), times }));
  }
}

/** In the order of the sequence numbers, which is the log's. */
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
