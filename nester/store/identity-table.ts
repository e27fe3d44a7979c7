/**
 * Finds a report's sequence number by its identity, in about 13 bytes per report: open
 * addressing with linear probing (Knuth, TAOCP vol. 3, 6.4; algorithm R for removal), no
 * tombstones. The hash stands beside the number, so that looking for what is not there and
 * growing touch nothing but the table, and a look-up one line of cache.
 *
 * The table is cut into shards that grow by themselves and by a quarter, so that growing moves
 * some thousand entries and never stalls the event loop, however many reports are kept, and so
 * that little of it is empty.
 */
export interface IdentityTable {
  /** No number may be 2^32 or more below the highest ever added. */
  add(hash: number, seq: number): void;
  /** The sequence number under this hash for which `matches` holds, or 0. */
  find(hash: number, matches: (seq: number) => boolean): number;
  /** Removes the entry if it is there. */
  remove(hash: number, seq: number): void;
}

const SHARDS = 256;
const SMALLEST = 16;
/** Of its slots a shard fills so many, in tenths: beyond, probing takes long. */
const FULL = 7;

/** Two words a slot: hash, and what stands for the sequence number; 0 is an empty slot. */
interface Shard {
  words: Uint32Array;
  slots: number;
  used: number;
}

/** Hashes are unsigned 32-bit. */
export function createIdentityTable(): IdentityTable {
  const shards: Shard[] = Array.from({ length: SHARDS }, () => emptyShard(SMALLEST));
  let highest = 0;
  // The top byte chooses the shard, the rest the slot: two independent parts of the hash.
  const shardOf = (hash: number): Shard => shards[hash >>> 24] ?? unreachable();

  /** The one number with such a code that is not above the highest, and less than 2^32 - 1 below it. */
  function seqOf(code: number): number {
    const behind = codeOf(highest) - code;
    return highest - (behind < 0 ? behind + CODES : behind);
  }

  return {
    add(hash, seq) {
      let shard = shardOf(hash);
      if ((shard.used + 1) * 10 > shard.slots * FULL) shard = shards[hash >>> 24] = grown(shard);
      place(shard, hash, codeOf(seq));
      if (seq > highest) highest = seq;
    },
    find(hash, matches) {
      const { words, slots } = shardOf(hash);
      for (let at = homeOf(hash, slots); ; at = at + 1 === slots ? 0 : at + 1) {
        const code = words[2 * at + 1] ?? 0;
        if (code === 0) return 0;
        if (words[2 * at] !== hash) continue;
        const seq = seqOf(code);
        if (matches(seq)) return seq;
      }
    },
    remove(hash, seq) {
      const shard = shardOf(hash);
      const { words, slots } = shard;
      const code = codeOf(seq);
      const after = (slot: number): number => (slot + 1 === slots ? 0 : slot + 1);
      /** How far on `to` lies, going round. */
      const distance = (from: number, to: number): number => (to < from ? to - from + slots : to - from);
      let hole = homeOf(hash, slots);
      while (words[2 * hole + 1] !== code) {
        if (words[2 * hole + 1] === 0) return;
        hole = after(hole);
      }
      shard.used--;
      for (let next = after(hole); words[2 * next + 1] !== 0; next = after(next)) {
        // An entry may fill the hole unless its own place lies after the hole.
        if (distance(homeOf(words[2 * next] ?? 0, slots), next) < distance(hole, next)) continue;
        words[2 * hole] = words[2 * next] ?? 0;
        words[2 * hole + 1] = words[2 * next + 1] ?? 0;
        hole = next;
      }
      words[2 * hole + 1] = 0;
    },
  };
}

/** Codes are 1 to 2^32 - 1: a sequence number in 32 bits, none of them 0. */
const CODES = 0xffff_ffff;

function codeOf(seq: number): number {
  // A remainder of what does not fit into 32 bits costs more than the look-up.
  return (seq < CODES ? seq : seq % CODES) + 1;
}

/** The slot a hash belongs to: its lower 24 bits as a part of all slots, which need be no power of two. */
function homeOf(hash: number, slots: number): number {
  return Math.floor(((hash & 0xff_ffff) * slots) / 0x100_0000);
}

function emptyShard(slots: number): Shard {
  return { words: new Uint32Array(2 * slots), slots, used: 0 };
}

function place(shard: Shard, hash: number, code: number): void {
  const { words, slots } = shard;
  let at = homeOf(hash, slots);
  while (words[2 * at + 1] !== 0) at = at + 1 === slots ? 0 : at + 1;
  words[2 * at] = hash;
  words[2 * at + 1] = code;
  shard.used++;
}

function grown({ words, slots }: Shard): Shard {
  const shard = emptyShard(slots + (slots >> 2));
  for (let at = 0; at < slots; at++) {
    const code = words[2 * at + 1] ?? 0;
    if (code !== 0) place(shard, words[2 * at] ?? 0, code);
  }
  return shard;
}

function unreachable(): never {
  throw new Error('BUG: a shard number beyond the last shard');
}

/** Hash of an identity: node number and epoch ms. Mixing steps after MurmurHash3's finaliser. */
export function identityHash(nodeId: number, timestampMs: number): number {
  const low = timestampMs | 0;
  const high = Math.floor(timestampMs / 4_294_967_296);
  let hash = Math.imul(nodeId + 1, 0x9e3779b1) ^ Math.imul(low, 0x85ebca6b) ^ Math.imul(high, 0xc2b2ae35);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
