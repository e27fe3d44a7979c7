import { newestAsOf, type NewestAsOf, newestOfNode } from './as-of.ts';
import { createIdentityTable, identityHash } from './identity-table.ts';
import type { Place } from './log.ts';
import { BLOCK_ROWS, createReportBlock, receivedAtOf, type ReportBlock, setTimes } from './report-block.ts';
import { seqsByTime } from './time-order.ts';

/**
 * Where each report is, whose, and when: typed arrays, about 50 bytes a report, so that
 * millions of them do not cost gigabytes. The reports themselves stay in the log.
 *
 * Sequence numbers are the log's: ascending, with gaps. Pure; nothing here waits.
 */
export interface ReportIndex {
  /**
   * Adds a report. One with the same identity is replaced (a report changed, or carried
   * forward); returns its sequence number, or 0.
   */
  add(row: IndexRow): number;
  /** Takes a report away; `false` if it was not there. */
  remove(seq: number): boolean;
  /** Takes away every report of a node received before `seq`; returns how many there were. */
  removeNode(node: string, before: number): number;
  /** Sequence number of the report with this identity, or 0. */
  find(node: string, timestampMs: number): number;
  has(seq: number): boolean;
  /** A report's row; throws `BUG` when it is not there. */
  row(seq: number): IndexRow;
  /** Where those are that are there and not after `end`: the first so many. */
  places(seqs: readonly number[], end: number, limit: number): Place[];
  /** Tells a new place, after a segment was rewritten. */
  move(seq: number, place: Place): void;
  count(): number;
  /** Sequence number of the last report added, 0 if none. */
  last(): number;
  /** Live sequence numbers in (after, through], ascending, in batches. `fresh`: without those carried forward. */
  bySeq(after: number, through: number, fresh?: boolean): Generator<number[]>;
  /** All live reports within [since, until] by time of measurement, in batches. */
  byTime(since: number, until: number, descending: boolean): Generator<number[]>;
  /** The node's live sequence numbers, last received first. Costs its own reports, no others. */
  ofNode(node: string): Generator<number>;
  /** Sequence number of the node's newest report by time of measurement, or 0. */
  newestOf(node: string): number;
  /**
   * Of each node the newest report by time of measurement among those received up to then, in
   * the order of the sequence numbers. Yields now and then; see {@link newestAsOf}.
   */
  asOf(receivedUntilMs: number): Generator<undefined, NewestAsOf[]>;
  /** The same of one node. Costs its own reports, no others. */
  nodeAsOf(node: string, receivedUntilMs: number): NewestAsOf | undefined;
  nodes(): Iterable<string>;
  nodeCount(): number;
}

export interface IndexRow {
  seq: number;
  node: string;
  timestampMs: number;
  receivedAtMs: number;
  crc: number;
  place: Place;
  /** Carried forward by retention: kept, but nothing new to those who ask what came after a cursor. */
  carried: boolean;
}

const LIVE = 1;
const CARRIED = 2;

interface NodeEntry {
  id: number;
  name: string;
  /** Last received, live or not: the head of the node's chain. */
  last: number;
  newest: number;
  newestTime: number;
  count: number;
}

export function createReportIndex(): ReportIndex {
  /** `blocks[n]` holds sequence numbers from `(firstBlock + n) * BLOCK_ROWS`; holes where nothing is live. */
  let blocks: (ReportBlock | undefined)[] = [];
  let firstBlock = 0;
  let count = 0;
  let last = 0;
  const nodes = new Map<string, NodeEntry>();
  const entries: (NodeEntry | undefined)[] = [];
  const freeIds: number[] = [];
  const identities = createIdentityTable();

  function missing(seq: number): never {
    throw new Error(`BUG: no report ${seq} in the index`);
  }

  function blockOf(seq: number): ReportBlock | undefined {
    return blocks[Math.floor(seq / BLOCK_ROWS) - firstBlock];
  }

  function blockFor(seq: number): ReportBlock {
    const number = Math.floor(seq / BLOCK_ROWS);
    if (blocks.length === 0) firstBlock = number;
    while (blocks.length <= number - firstBlock) blocks.push(undefined);
    return (blocks[number - firstBlock] ??= createReportBlock(number * BLOCK_ROWS));
  }

  function isLive(seq: number): boolean {
    return (blockOf(seq)?.live[seq % BLOCK_ROWS] ?? 0) > 0;
  }

  function timeOf(seq: number): number {
    return blockOf(seq)?.time[seq % BLOCK_ROWS] ?? 0;
  }

  function receivedAt(seq: number): number {
    const block = blockOf(seq);
    return block ? receivedAtOf(block, seq % BLOCK_ROWS) : 0;
  }

  function entryFor(name: string): NodeEntry {
    const known = nodes.get(name);
    if (known) return known;
    const id = freeIds.pop() ?? entries.length;
    const entry: NodeEntry = { id, name, last: 0, newest: 0, newestTime: -Infinity, count: 0 };
    entries[id] = entry;
    nodes.set(name, entry);
    return entry;
  }

  function* chain(entry: NodeEntry): Generator<number> {
    let seq = entry.last;
    for (;;) {
      const block = blockOf(seq);
      // Before the first block kept, nothing is live.
      if (!block) return;
      const row = seq % BLOCK_ROWS;
      if ((block.live[row] ?? 0) > 0) yield seq;
      const back = block.back[row] ?? 0;
      if (back === 0) return;
      seq -= back;
    }
  }

  function* rowsOf(entry: NodeEntry): Generator<{ seq: number; timestampMs: number; receivedAtMs: number }> {
    for (const seq of chain(entry)) {
      yield { seq, timestampMs: timeOf(seq), receivedAtMs: receivedAt(seq) };
    }
  }

  function findNewest(entry: NodeEntry): void {
    entry.newest = 0;
    entry.newestTime = -Infinity;
    for (const seq of chain(entry)) {
      if (timeOf(seq) > entry.newestTime) {
        entry.newest = seq;
        entry.newestTime = timeOf(seq);
      }
    }
  }

  /**
   * Gives back the blocks before the first live report. Dead blocks between live ones stay:
   * the chains of their nodes lead through them.
   */
  function giveBack(): void {
    let leading = 0;
    while (leading < blocks.length - 1 && (blocks[leading]?.liveRows ?? 0) === 0) leading++;
    if (leading === 0) return;
    blocks = blocks.slice(leading);
    firstBlock += leading;
  }

  /** Takes a row away without choosing the node's newest again. */
  function take(seq: number, entry: NodeEntry): void {
    const block = blockOf(seq) ?? missing(seq);
    identities.remove(identityHash(entry.id, timeOf(seq)), seq);
    block.live[seq % BLOCK_ROWS] = 0;
    block.liveRows--;
    count--;
    entry.count--;
    if (block.liveRows === 0) giveBack();
  }

  function dropEntryIfEmpty(entry: NodeEntry): void {
    if (entry.count > 0) return;
    nodes.delete(entry.name);
    entries[entry.id] = undefined;
    freeIds.push(entry.id);
  }

  function find(entry: NodeEntry | undefined, timestampMs: number): number {
    // Nearly every report is newer than all of its node, and need not be looked for.
    if (!entry || timestampMs > entry.newestTime) return 0;
    return identities.find(identityHash(entry.id, timestampMs), (seq) => {
      const block = blockOf(seq);
      const row = seq % BLOCK_ROWS;
      return block?.node[row] === entry.id && block.time[row] === timestampMs;
    });
  }

  function entryOf(seq: number): NodeEntry {
    return entries[(blockOf(seq) ?? missing(seq)).node[seq % BLOCK_ROWS] ?? 0] ?? missing(seq);
  }

  function remove(seq: number): boolean {
    if (!isLive(seq)) return false;
    const entry = entryOf(seq);
    take(seq, entry);
    if (entry.newest === seq) findNewest(entry);
    dropEntryIfEmpty(entry);
    return true;
  }

  return {
    add({ seq, node, timestampMs, receivedAtMs, crc, place, carried }) {
      if (seq <= last) throw new Error(`BUG: report ${seq} added to the index after ${last}`);
      last = seq;
      const entry = entryFor(node);
      const twin = find(entry, timestampMs);
      const block = blockFor(seq);
      const row = seq % BLOCK_ROWS;
      setTimes(block, row, timestampMs, receivedAtMs);
      block.node[row] = entry.id;
      block.segment[row] = place.segment;
      block.offset[row] = place.offset;
      block.length[row] = place.length;
      block.crc[row] = crc;
      block.back[row] = entry.last === 0 || seq - entry.last > 0xffff_ffff ? 0 : seq - entry.last;
      block.live[row] = carried ? CARRIED : LIVE;
      block.liveRows++;
      if (timestampMs < block.maxTime) block.inOrder = false;
      block.minTime = Math.min(block.minTime, timestampMs);
      block.maxTime = Math.max(block.maxTime, timestampMs);
      block.minReceivedAt = Math.min(block.minReceivedAt, receivedAtMs);
      entry.last = seq;
      entry.count++;
      count++;
      if (timestampMs >= entry.newestTime) {
        entry.newest = seq;
        entry.newestTime = timestampMs;
      }
      if (twin !== 0) take(twin, entry);
      identities.add(identityHash(entry.id, timestampMs), seq);
      return twin;
    },
    remove,
    removeNode(node, before) {
      const entry = nodes.get(node);
      if (!entry) return 0;
      const seqs = [...chain(entry)].filter((seq) => seq < before);
      for (const seq of seqs) take(seq, entry);
      findNewest(entry);
      dropEntryIfEmpty(entry);
      return seqs.length;
    },
    find: (node, timestampMs) => find(nodes.get(node), timestampMs),
    has: isLive,
    row(seq) {
      const block = blockOf(seq);
      const row = seq % BLOCK_ROWS;
      if (!block || !isLive(seq)) return missing(seq);
      return {
        seq,
        node: entryOf(seq).name,
        timestampMs: block.time[row] ?? 0,
        receivedAtMs: receivedAtOf(block, row),
        crc: block.crc[row] ?? 0,
        place: {
          segment: block.segment[row] ?? 0,
          offset: block.offset[row] ?? 0,
          length: block.length[row] ?? 0,
        },
        carried: block.live[row] === CARRIED,
      };
    },
    places(seqs, end, limit) {
      const found: Place[] = [];
      for (const seq of seqs) {
        if (found.length >= limit) break;
        const block = blockOf(seq);
        const row = seq % BLOCK_ROWS;
        if (seq > end || !block || (block.live[row] ?? 0) === 0) continue;
        found.push({ segment: block.segment[row] ?? 0, offset: block.offset[row] ?? 0, length: block.length[row] ?? 0 });
      }
      return found;
    },
    move(seq, place) {
      const block = blockOf(seq);
      const row = seq % BLOCK_ROWS;
      if (!block || !isLive(seq)) return;
      block.segment[row] = place.segment;
      block.offset[row] = place.offset;
      block.length[row] = place.length;
    },
    count: () => count,
    last: () => last,
    *bySeq(after, through, fresh = false) {
      const end = Math.min(through, last);
      let batch: number[] = [];
      for (let seq = Math.max(after + 1, firstBlock * BLOCK_ROWS); seq <= end; seq++) {
        const block = blockOf(seq);
        if (!block) {
          // To the end of the hole.
          seq = (Math.floor(seq / BLOCK_ROWS) + 1) * BLOCK_ROWS - 1;
          continue;
        }
        const live = block.live[seq % BLOCK_ROWS] ?? 0;
        if (live === 0 || (fresh && live === CARRIED)) continue;
        batch.push(seq);
        if (batch.length === 1024) {
          yield batch;
          batch = [];
        }
      }
      if (batch.length > 0) yield batch;
    },
    byTime: (since, until, descending) =>
      seqsByTime(blocks.filter((block) => block !== undefined), timeOf, since, until, descending),
    *ofNode(node) {
      const entry = nodes.get(node);
      if (entry) yield* chain(entry);
    },
    newestOf: (node) => nodes.get(node)?.newest ?? 0,
    asOf: (receivedUntilMs) => newestAsOf(blocks.filter((block) => block !== undefined), entries.length, receivedUntilMs),
    nodeAsOf(node, receivedUntilMs) {
      const entry = nodes.get(node);
      return entry && newestOfNode(rowsOf(entry), receivedUntilMs);
    },
    nodes: () => nodes.keys(),
    nodeCount: () => nodes.size,
  };
}
