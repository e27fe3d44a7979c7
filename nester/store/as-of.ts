import { BLOCK_ROWS, receivedAtOf, type ReportBlock } from './report-block.ts';

/** Times of measurement that are remembered of each node: enough to learn its interval from. */
const TIMES = 10;
/** Blocks walked before everything else gets its turn: a few ms of work at most. */
const BLOCKS_AT_ONCE = 8;

/** The newest report of a node, as it was at some moment. */
export interface NewestAsOf {
  /** Sequence number. */
  seq: number;
  /** Times of the last reports that were the newest when they came, this one's first, epoch ms. */
  times: () => number[];
}

/**
 * For each node, its newest report by time of measurement among those received up to
 * `untilMs`. A plain walk through the columns, in order of receipt: it is the only way that
 * bears clocks that were set back, late arrivals and reports carried forward, and it costs some
 * nanoseconds a report.
 *
 * Yields now and then, so that whoever walks can let others have their turn; returns what it
 * found, in the order of the sequence numbers. What is removed meanwhile may still be named.
 */
export function* newestAsOf(
  blocks: readonly ReportBlock[],
  nodeLimit: number,
  untilMs: number,
): Generator<undefined, NewestAsOf[]> {
  const seqs = new Float64Array(nodeLimit);
  const newest = new Float64Array(nodeLimit).fill(-Infinity);
  const rings = new Float64Array(nodeLimit * TIMES);
  const heard = new Uint32Array(nodeLimit);
  let walked = 0;
  for (const block of blocks) {
    if (block.liveRows === 0 || block.minReceivedAt > untilMs) continue;
    const { live, time, node, firstSeq } = block;
    for (let row = 0; row < BLOCK_ROWS; row++) {
      if ((live[row] ?? 0) === 0 || receivedAtOf(block, row) > untilMs) continue;
      const id = node[row] ?? 0;
      const timeMs = time[row] ?? 0;
      // Nodes that appeared since the walk began are none of its business.
      if (id >= nodeLimit || timeMs <= (newest[id] ?? 0)) continue;
      newest[id] = timeMs;
      seqs[id] = firstSeq + row;
      const count = heard[id] ?? 0;
      rings[id * TIMES + (count % TIMES)] = timeMs;
      heard[id] = count + 1;
    }
    walked++;
    if (walked % BLOCKS_AT_ONCE === 0) yield undefined;
  }
  return Array.from(idsBySeq(seqs), (id) => ({ seq: seqs[id] ?? 0, times: () => unroll(rings, id, heard[id] ?? 0) }));
}

/** The same of one node, from its reports, last received first. */
export function newestOfNode(rows: Iterable<{ seq: number; timestampMs: number; receivedAtMs: number }>, untilMs: number): NewestAsOf | undefined {
  const received = [...rows].filter(({ receivedAtMs }) => receivedAtMs <= untilMs).reverse();
  const newest: { seq: number; timestampMs: number }[] = [];
  for (const row of received) if (row.timestampMs > (newest.at(-1)?.timestampMs ?? -Infinity)) newest.push(row);
  const last = newest.at(-1);
  return last && { seq: last.seq, times: () => newest.slice(-TIMES).map(({ timestampMs }) => timestampMs).reverse() };
}

/** More nodes than there can ever be; a sequence number and an id fit into one number. */
const IDS = 2 ** 17;

/** The ids that have a sequence number, by it. One number each is sorted ten times as fast as by a function. */
function idsBySeq(seqs: Float64Array): Float64Array {
  const keys = seqs.map((seq, id) => (seq === 0 ? 0 : seq * IDS + id)).sort();
  const first = keys.findIndex((key) => key > 0);
  return first === -1 ? new Float64Array() : keys.subarray(first).map((key) => key % IDS);
}

function unroll(rings: Float64Array, id: number, count: number): number[] {
  const times: number[] = [];
  for (let back = 1; back <= Math.min(count, TIMES); back++) times.push(rings[id * TIMES + ((count - back) % TIMES)] ?? 0);
  return times;
}
