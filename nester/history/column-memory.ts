/**
 * Memory for the columns of blocks, in pieces that are given back and used again. Of ten thousand
 * nodes each has a few, which grow as they fill: left to V8, each would be one of tens of thousands
 * of array buffers, all of which it goes through whenever it collects garbage, while everybody waits.
 *
 * Pieces of one size share slabs (as in J. Bonwick, The Slab Allocator, 1994), of few pieces where few
 * are in use. A slab without a piece in use is let go of, unless no other of its size has one to give:
 * the next piece is mostly asked for before long. A large piece has memory of its own.
 */
export interface ColumnMemory {
  /** A piece of at least so many bytes, which hold whatever was there. */
  take(bytes: number): Piece;
  /** Nobody looks at it any more. */
  give(piece: Piece): void;
}

export interface Piece {
  readonly buffer: ArrayBuffer;
  /** Where it begins: a multiple of 8. */
  readonly offset: number;
  readonly bytes: number;
  /** `undefined`: it has memory of its own. */
  readonly slab: Slab | undefined;
}

interface Slab {
  readonly buffer: ArrayBuffer;
  readonly pieces: number;
  /** Where the pieces begin that are not in use. */
  readonly free: number[];
  /** Number among the slabs that have some. */
  place: number;
}

/** Slabs of pieces of one size. */
interface Slabs {
  /** Those that have pieces to give. */
  roomy: Slab[];
  /** Pieces in use. */
  used: number;
}

/** At most, and in pieces at least. */
const SLAB_BYTES = 128 * 1024;
const SLAB_PIECES = 4;
const LARGEST_SHARED = 16 * 1024;
const LEAST = 64;

/** How many bytes a piece of at least so many has: an eighth of a power of two more than that, at most. */
export function pieceBytes(bytes: number): number {
  if (bytes > LARGEST_SHARED) return bytes;
  const step = Math.max(LEAST, 2 ** (31 - Math.clz32(bytes)) / 8);
  return Math.ceil(bytes / step) * step;
}

export function createColumnMemory(): ColumnMemory {
  const sizes = new Map<number, Slabs>();

  function slabsOf(bytes: number): Slabs {
    const known = sizes.get(bytes);
    if (known) return known;
    const slabs: Slabs = { roomy: [], used: 0 };
    sizes.set(bytes, slabs);
    return slabs;
  }

  return {
    take(least) {
      const bytes = pieceBytes(least);
      if (bytes > LARGEST_SHARED) return { buffer: new ArrayBuffer(bytes), offset: 0, bytes, slab: undefined };
      const slabs = slabsOf(bytes);
      const slab = slabs.roomy.at(-1) ?? add(slabs.roomy, createSlab(bytes, slabs.used));
      const offset = slab.free.pop() ?? 0;
      if (slab.free.length === 0) remove(slabs.roomy, slab);
      slabs.used++;
      return { buffer: slab.buffer, offset, bytes, slab };
    },
    give({ slab, offset, bytes }) {
      if (!slab) return;
      const slabs = slabsOf(bytes);
      if (slab.free.length === 0) add(slabs.roomy, slab);
      slab.free.push(offset);
      slabs.used--;
      if (slab.free.length === slab.pieces && slabs.roomy.length > 1) remove(slabs.roomy, slab);
    },
  };
}

function add(slabs: Slab[], slab: Slab): Slab {
  slab.place = slabs.push(slab) - 1;
  return slab;
}

/** Puts the last one in its place. */
function remove(slabs: Slab[], { place }: Slab): void {
  const last = slabs.pop();
  if (!last || last.place === place) return;
  last.place = place;
  slabs[place] = last;
}

/** Half as many pieces again as are in use, within bounds. */
function createSlab(bytes: number, used: number): Slab {
  const pieces = Math.min(Math.floor(SLAB_BYTES / bytes), Math.max(SLAB_PIECES, used >> 1));
  const buffer = new ArrayBuffer(pieces * bytes);
  return { buffer, pieces, free: Array.from({ length: pieces }, (_, at) => at * bytes), place: -1 };
}
