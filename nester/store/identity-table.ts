/**
 * Finds a report's sequence number by its identity, in about 24 bytes per report: open
 * addressing with linear probing (Knuth, TAOCP vol. 3, 6.4; algorithm R for removal), no
 * tombstones. The hash stands beside the number, so that looking for what is not there and
 * growing touch nothing but the table.
 *
 * The table is cut into shards that grow by themselves, so that growing moves some thousand
 * entries and never stalls the event loop, however many reports are kept.
 */
export interface IdentityTable {
  add(hash: number, seq: number): void;
  /** The sequence number under this hash for which `matches` holds, or 0. */
  find(hash: number, matches: (seq: number) => boolean): number;
  /** Removes the entry if it is there. */
  remove(hash: number, seq: number): void;
}

const SHARDS = 256;
const SMALLEST = 16;

interface Shard {
  /** Sequence numbers; 0 is an empty slot. Length is a power of two. */
  seqs: Float64Array;
  hashes: Uint32Array;
  used: number;
}

/** Hashes are unsigned 32-bit. */
export function createIdentityTable(): IdentityTable {
  const shards: Shard[] = Array.from({ length: SHARDS }, () => emptyShard(SMALLEST));
  // The top byte chooses the shard, the rest the slot: two independent parts of the hash.
  const shardOf = (hash: number): Shard => shards[hash >>> 24] ?? unreachable();

  return {
    add(hash, seq) {
      let shard = shardOf(hash);
      if ((shard.used + 1) * 10 > shard.seqs.length * 7) shard = shards[hash >>> 24] = grown(shard);
      place(shard, hash, seq);
    },
    find(hash, matches) {
      const { seqs, hashes } = shardOf(hash);
      const mask = seqs.length - 1;
      for (let at = hash & mask; ; at = (at + 1) & mask) {
        const seq = seqs[at] ?? 0;
        if (seq === 0 || (hashes[at] === hash && matches(seq))) return seq;
      }
    },
    remove(hash, seq) {
      const shard = shardOf(hash);
      const { seqs, hashes } = shard;
      const mask = seqs.length - 1;
      let hole = hash & mask;
      while (seqs[hole] !== seq) {
        if (seqs[hole] === 0) return;
        hole = (hole + 1) & mask;
      }
      shard.used--;
      for (let next = (hole + 1) & mask; seqs[next] !== 0; next = (next + 1) & mask) {
        // An entry may fill the hole unless its own place lies after the hole (cyclically).
        const home = (hashes[next] ?? 0) & mask;
        if (((next - home) & mask) < ((next - hole) & mask)) continue;
        seqs[hole] = seqs[next] ?? 0;
        hashes[hole] = hashes[next] ?? 0;
        hole = next;
      }
      seqs[hole] = 0;
    },
  };
}

function emptyShard(slots: number): Shard {
  return { seqs: new Float64Array(slots), hashes: new Uint32Array(slots), used: 0 };
}

function place(shard: Shard, hash: number, seq: number): void {
  const mask = shard.seqs.length - 1;
  let at = hash & mask;
  while (shard.seqs[at] !== 0) at = (at + 1) & mask;
  shard.seqs[at] = seq;
  shard.hashes[at] = hash;
  shard.used++;
}

function grown({ seqs, hashes }: Shard): Shard {
  const shard = emptyShard(seqs.length * 2);
  for (let at = 0; at < seqs.length; at++) {
    const seq = seqs[at] ?? 0;
    if (seq !== 0) place(shard, hashes[at] ?? 0, seq);
  }
  return shard;
}

function unreachable(): never {
  throw new Error('BUG: a shard number beyond the last shard');
}

/** Hash of an identity: node number and epoch ms. Mixing steps after MurmurHash3's finaliser. */
export function identityHash(nodeId: number, timestampMs: number): number {
  const low = timestampMs % 4_294_967_296 | 0;
  const high = Math.floor(timestampMs / 4_294_967_296);
  let hash = Math.imul(nodeId + 1, 0x9e3779b1) ^ Math.imul(low, 0x85ebca6b) ^ Math.imul(high, 0xc2b2ae35);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
