import { type ReportBlock, rowsByTime } from './report-block.ts';

/** Sequence numbers handed on at once. */
const BATCH = 1024;

interface OpenBlock {
  seqs: Float64Array;
  at: number;
  /** Time of the next row, negated when descending: always "smaller first". */
  key: number;
  /** Its sequence number, negated when descending: decides between equal times. */
  tie: number;
}

/**
 * Yields the sequence numbers of all live reports within [since, until] in order of
 * measurement, although they are kept in order of receipt: a merge of blocks, each sorted only
 * when the merge reaches it. Reports that come in order cost nothing more than the walk; late
 * ones cost a sort of their own block.
 *
 * An empty batch stands for work done without a result: whoever walks should let others have
 * their turn. Memory: the sequence numbers of those blocks that overlap in time. A report
 * received after the walk began is not in it; one removed meanwhile may still be named.
 */
export function* seqsByTime(
  blocks: readonly ReportBlock[],
  timeOf: (seq: number) => number,
  since: number,
  until: number,
  descending: boolean,
): Generator<number[]> {
  const sign = descending ? -1 : 1;
  const firstKey = (block: ReportBlock): number => (descending ? -block.maxTime : block.minTime);
  const waiting = blocks
    .filter(({ liveRows, minTime, maxTime }) => liveRows > 0 && maxTime >= since && minTime <= until)
    .sort((a, b) => firstKey(a) - firstKey(b) || sign * (a.firstSeq - b.firstSeq));
  /** A heap: the block with the next row is the first. */
  const open: OpenBlock[] = [];
  let next = 0;
  let batch: number[] = [];

  function moveTo(block: OpenBlock): void {
    const seq = block.seqs[block.at] ?? 0;
    block.key = sign * timeOf(seq);
    block.tie = sign * seq;
  }

  for (;;) {
    // Every block that may hold the next row is open before a row is taken.
    for (let block = waiting[next]; block && firstKey(block) <= (open[0]?.key ?? Infinity); block = waiting[++next]) {
      const seqs = rowsByTime(block, since, until, descending);
      if (seqs.length > 0) {
        const opened = { seqs, at: 0, key: 0, tie: 0 };
        moveTo(opened);
        open.push(opened);
        siftUp(open);
      }
      yield [];
    }
    const top = open[0];
    if (!top) break;
    const waitingKey = waiting[next] ? firstKey(waiting[next] ?? never()) : Infinity;
    // Rows before anyone else's first row go without asking the others again.
    const rivalKey = Math.min(waitingKey, open[1]?.key ?? Infinity, open[2]?.key ?? Infinity);
    do {
      batch.push(top.seqs[top.at++] ?? 0);
      if (top.at === top.seqs.length) break;
      moveTo(top);
    } while (top.key < rivalKey && batch.length < BATCH);
    if (top.at === top.seqs.length) {
      const last = open.pop();
      if (last && last !== top) open[0] = last;
    }
    siftDown(open);
    if (batch.length >= BATCH) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

function before(a: OpenBlock, b: OpenBlock): boolean {
  return a.key < b.key || (a.key === b.key && a.tie < b.tie);
}

function siftUp(heap: OpenBlock[]): void {
  let at = heap.length - 1;
  const moved = heap[at] ?? never();
  for (; at > 0; at = (at - 1) >> 1) {
    const parent = heap[(at - 1) >> 1] ?? never();
    if (!before(moved, parent)) break;
    heap[at] = parent;
  }
  heap[at] = moved;
}

function siftDown(heap: OpenBlock[]): void {
  const moved = heap[0];
  if (!moved) return;
  let at = 0;
  for (;;) {
    const left = heap[2 * at + 1];
    if (!left) break;
    const right = heap[2 * at + 2];
    const child = right && before(right, left) ? right : left;
    if (!before(child, moved)) break;
    heap[at] = child;
    at = 2 * at + (child === left ? 1 : 2);
  }
  heap[at] = moved;
}

function never(): never {
  throw new Error('BUG: a heap with a hole');
}
