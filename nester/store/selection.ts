import { setImmediate as breathe } from 'node:timers/promises';
import type { Place } from './log.ts';
import type { ReportIndex } from './report-index.ts';
import type { ReportQuery } from './report-store.ts';

/** Where a query's cursor stands. One that is not known stands before everything. */
export interface Position {
  seq: number;
  isKnown: boolean;
}

/**
 * Sequence number after which a reader goes on that has read a query's answer: the last one
 * given where a limit cut it short, else `end`.
 */
export function endOf(index: ReportIndex, query: ReportQuery, after: Position | undefined, end: number): number {
  if (after === undefined || query.limit === undefined) return end;
  let left = query.limit;
  for (const batch of seqBatches(index, query, after, end)) {
    if (batch.length >= left) return batch[left - 1] ?? end;
    left -= batch.length;
  }
  return end;
}

/**
 * Which reports a query asks for, in batches, as `read` gives them. Sequence numbers come from the
 * index, bytes from the log, a batch at a time: memory does not grow with the answer.
 * `end`: the last sequence number to look at.
 */
export async function* selectReports<Batch>(
  index: ReportIndex,
  read: (places: readonly Place[]) => Promise<Batch>,
  query: ReportQuery,
  after: Position | undefined,
  end: number,
): AsyncGenerator<Batch> {
  let left = query.limit ?? Infinity;
  /** The next batch is read while the one before it is being written. */
  let coming: Promise<Batch> | undefined;
  for (const batch of seqBatches(index, query, after, end)) {
    // What was removed since the walk began is left out; the read begins in this same turn.
    const places = index.places(batch, end, left);
    left -= places.length;
    if (places.length === 0) {
      await breathe();
      continue;
    }
    const reading = read(places);
    // Who goes away before it is there has no use for its failure.
    reading.catch(() => undefined);
    if (coming) yield await coming;
    coming = reading;
    if (left <= 0) break;
  }
  if (coming) yield await coming;
}

function seqBatches(index: ReportIndex, query: ReportQuery, after: Position | undefined, end: number): Iterable<number[]> {
  const { node, since = -Infinity, until = Infinity, order = 'asc' } = query;
  const inTime = (seq: number): boolean => {
    if (!index.has(seq)) return false;
    const { timestampMs } = index.row(seq);
    return timestampMs >= since && timestampMs <= until;
  };
  if (node !== undefined) {
    const seqs = [...index.ofNode(node)].filter((seq) => inTime(seq) && seq <= end);
    if (after !== undefined) {
      return pieces(seqs.filter((seq) => seq > after.seq && !(after.isKnown && index.row(seq).carried)).reverse());
    }
    const sign = order === 'desc' ? -1 : 1;
    const timed = seqs.map((seq) => ({ seq, time: index.row(seq).timestampMs }));
    timed.sort((a, b) => sign * (a.time - b.time || a.seq - b.seq));
    return pieces(timed.map(({ seq }) => seq));
  }
  if (after === undefined) return index.byTime(since, until, order === 'desc');
  if (since === -Infinity && until === Infinity) return index.bySeq(after.seq, end, after.isKnown);
  return filtered(index.bySeq(after.seq, end, after.isKnown), inTime);
}

const PIECE = 1024;

function* pieces(seqs: readonly number[]): Generator<number[]> {
  for (let at = 0; at < seqs.length; at += PIECE) yield seqs.slice(at, at + PIECE);
}

function* filtered(batches: Iterable<number[]>, wanted: (seq: number) => boolean): Generator<number[]> {
  for (const batch of batches) yield batch.filter(wanted);
}
