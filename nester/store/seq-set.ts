/** A set of sequence numbers within known bounds, one bit each. */
export interface SeqSet {
  add(seq: number): void;
  has(seq: number): boolean;
}

/** Holds numbers from `first` to `last`, inclusive; others are ignored. */
export function createSeqSet(first: number, last: number): SeqSet {
  const bits = new Uint8Array(Math.max(0, Math.ceil((last - first + 1) / 8)));
  return {
    add(seq) {
      const at = seq - first;
      if (at < 0 || seq > last) return;
      bits[at >>> 3] = (bits[at >>> 3] ?? 0) | (1 << (at & 7));
    },
    has(seq) {
      const at = seq - first;
      return at >= 0 && seq <= last && ((bits[at >>> 3] ?? 0) & (1 << (at & 7))) !== 0;
    },
  };
}

/** Ascending sequence numbers as inclusive ranges. */
export function rangesOf(seqs: readonly number[]): [number, number][] {
  const ranges: [number, number][] = [];
  for (const seq of seqs) {
    const range = ranges.at(-1);
    if (range?.[1] === seq - 1) range[1] = seq;
    else ranges.push([seq, seq]);
  }
  return ranges;
}
