/** Reports per block. A power of two: block and row come from a sequence number by shift and mask. */
export const BLOCK_ROWS = 8192;

/**
 * Columns of the reports whose sequence numbers share a block: 37 bytes a report. Rows without
 * a report (other events, gaps) are not live. Blocks rather than one growing array: growing
 * copies nothing, and retention gives memory back.
 */
export interface ReportBlock {
  /** Sequence number of row 0. */
  firstSeq: number;
  /** Epoch ms of measurement. */
  time: Float64Array;
  /** Ms from measurement to receipt; see {@link receivedAtOf}. */
  delay: Int32Array;
  /** Epoch ms of receipt, by row, where that is more than 24 days from measurement. */
  farReceivedAt: Map<number, number> | undefined;
  node: Uint32Array;
  segment: Uint32Array;
  offset: Uint32Array;
  length: Uint32Array;
  /** CRC-32 of the JSON bytes. */
  crc: Uint32Array;
  /** How many sequence numbers back the node's report before this one is; 0: none. */
  back: Uint32Array;
  /** 0: no report here (any more). */
  live: Uint8Array;
  liveRows: number;
  /** Bounds of `time` over every row ever added, live or not. */
  minTime: number;
  maxTime: number;
  /** Lower bound of the times of receipt, over the same. */
  minReceivedAt: number;
  /** Rows were added in order of time. */
  inOrder: boolean;
}

export function createReportBlock(firstSeq: number): ReportBlock {
  const words = (): Uint32Array => new Uint32Array(BLOCK_ROWS);
  return {
    firstSeq,
    time: new Float64Array(BLOCK_ROWS),
    delay: new Int32Array(BLOCK_ROWS),
    farReceivedAt: undefined,
    node: words(),
    segment: words(),
    offset: words(),
    length: words(),
    crc: words(),
    back: words(),
    live: new Uint8Array(BLOCK_ROWS),
    liveRows: 0,
    minTime: Infinity,
    maxTime: -Infinity,
    minReceivedAt: Infinity,
    inOrder: true,
  };
}

/** Stands for a delay that 32 bits do not hold. */
const FAR = -(2 ** 31);

/** Sets when a report was measured and when it was received, epoch ms. */
export function setTimes(block: ReportBlock, row: number, timestampMs: number, receivedAtMs: number): void {
  const delay = receivedAtMs - timestampMs;
  block.time[row] = timestampMs;
  if (Math.abs(delay) < -FAR) {
    block.delay[row] = delay;
    return;
  }
  block.delay[row] = FAR;
  block.farReceivedAt ??= new Map();
  block.farReceivedAt.set(row, receivedAtMs);
}

/** When a report was received, epoch ms. */
export function receivedAtOf(block: ReportBlock, row: number): number {
  const delay = block.delay[row] ?? 0;
  if (delay === FAR) return block.farReceivedAt?.get(row) ?? 0;
  return (block.time[row] ?? 0) + delay;
}

/**
 * Sequence numbers of the block's live rows within [since, until], by time and then by
 * receipt; backwards with `descending`.
 */
export function rowsByTime(block: ReportBlock, since: number, until: number, descending: boolean): Float64Array {
  const rows = new Float64Array(block.liveRows);
  let count = 0;
  // Time and row in one number, so that they are sorted without comparing by a function: that is
  // ten times faster. Exact for times that are less than 34 years apart.
  const sorted = !block.inOrder;
  for (let row = 0; row < BLOCK_ROWS; row++) {
    const time = block.time[row] ?? 0;
    if ((block.live[row] ?? 0) === 0 || time < since || time > until) continue;
    rows[count++] = sorted ? (time - block.minTime) * BLOCK_ROWS + row : row;
  }
  const found = rows.subarray(0, count);
  if (sorted) found.sort();
  if (descending) found.reverse();
  for (let at = 0; at < count; at++) found[at] = ((found[at] ?? 0) % BLOCK_ROWS) + block.firstSeq;
  return found;
}
