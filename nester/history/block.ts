import { type ColumnMemory, type Piece, pieceBytes } from './column-memory.ts';
import type { Layout } from './layout.ts';
import { fromNarrow } from './narrow.ts';

/**
 * The values of some reports of one node, in order of time: 9 bytes a report and 4 for each of
 * its series (8 for one that needs them). `NaN` stands for no value.
 *
 * Row by row: what a report brings lies together, so that taking one costs few lines of cache,
 * of ten thousand nodes that report in turn.
 */
export interface Block {
  layout: Layout;
  count: number;
  capacity: number;
  /** Room that was asked for; its piece of memory may have some more. */
  rows: number;
  /** Epoch ms of measurement, ascending, each once. */
  time: Float64Array;
  /** See {@link LATE} and its like. */
  flags: Uint8Array;
  /** `layout.narrowColumns` values a row. */
  narrow: Float32Array;
  wide: Float64Array;
  /** All of them stand in one piece, of this memory. */
  piece: Piece;
  memory: ColumnMemory;
}

/** Kept at the site and sent later. */
export const LATE = 1;
/** Is counted in the node's line of that day in history.json. */
export const COUNTED = 2;
/** Will be, once the line that is being written is on disk. */
export const ROLLING = 4;
/** Is about to be retired. */
export const LEAVING = 8;

/**
 * Reports in a block, at most: few, since all of it is moved whenever it is given more room, and the
 * thousand blocks of a thousand nodes mostly grow at the same time.
 */
export const BLOCK_ROWS = 256;
/** Room a block is given as it fills: at most a quarter as much again as it needs. */
const CAPACITIES = [16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, BLOCK_ROWS];
/** Room at first: of a node that has filled blocks before, more of the same is to come. */
const FIRST_ROWS = { ofNode: 16, ofNext: 64 };

export function createBlock(layout: Layout, memory: ColumnMemory, first: keyof typeof FIRST_ROWS): Block {
  return allocate(layout, FIRST_ROWS[first], memory);
}

/** The block and its columns are not looked at any more. */
export function releaseBlock({ memory, piece }: Block): void {
  memory.give(piece);
}

const NO_WIDE = new Float64Array();

function rowBytes({ narrowColumns, wideColumns }: Layout): number {
  return 9 + narrowColumns * 4 + wideColumns * 8;
}

/** With room for so many rows, or some more, where the piece has it. */
function allocate(layout: Layout, rows: number, memory: ColumnMemory): Block {
  const { narrowColumns, wideColumns } = layout;
  const piece = memory.take(rows * rowBytes(layout));
  const { buffer, offset, bytes } = piece;
  const capacity = Math.min(BLOCK_ROWS, Math.floor(bytes / rowBytes(layout)));
  const wideAt = offset + capacity * 8;
  const narrowAt = wideAt + capacity * wideColumns * 8;
  const flagsAt = narrowAt + capacity * narrowColumns * 4;
  return {
    layout,
    count: 0,
    capacity,
    rows,
    time: new Float64Array(buffer, offset, capacity),
    flags: new Uint8Array(buffer, flagsAt, capacity),
    narrow: new Float32Array(buffer, narrowAt, capacity * narrowColumns).fill(NaN),
    wide: wideColumns === 0 ? NO_WIDE : new Float64Array(buffer, wideAt, capacity * wideColumns).fill(NaN),
    piece,
    memory,
  };
}

/** The value of a series in a row, as it is kept. */
export function valueAt({ layout, narrow, wide }: Block, series: number, row: number): number {
  const column = layout.column[series] ?? 0;
  return (layout.wide[series] ? wide[row * layout.wideColumns + column] : narrow[row * layout.narrowColumns + column]) ?? NaN;
}

/** Sets a value that fits the width of its column. */
export function setValue({ layout, narrow, wide }: Block, series: number, row: number, value: number): void {
  const column = layout.column[series] ?? 0;
  if (layout.wide[series]) wide[row * layout.wideColumns + column] = value;
  else narrow[row * layout.narrowColumns + column] = value;
}

/** Makes room for a row without values before `row`; the block must not be full. */
export function insertRow(block: Block, row: number, timeMs: number, flags: number): void {
  if (block.count === block.capacity) {
    const capacity = CAPACITIES.find((rows) => rows > block.count) ?? BLOCK_ROWS;
    refit(block, block.layout, capacity);
  }
  if (row < block.count) {
    moveRows(block, row, row + 1);
    clearRow(block, row);
  }
  block.time[row] = timeMs;
  block.flags[row] = flags;
  block.count++;
}

/** Takes away all rows for which `isGone` holds. */
export function removeRows(block: Block, isGone: (row: number) => boolean): void {
  let kept = 0;
  const { count } = block;
  for (let row = 0; row < count; row++) {
    if (isGone(row)) continue;
    if (kept < row) copyRow(block, row, kept);
    kept++;
  }
  block.count = kept;
  for (let row = kept; row < count; row++) clearRow(block, row);
  const capacity = CAPACITIES.find((rows) => rows >= kept) ?? BLOCK_ROWS;
  // Not for a little: what shrinks often grows again.
  if (capacity * 2 <= block.capacity) refit(block, block.layout, capacity);
}

/** The rows from `first` on as a block of its own. */
export function splitBlock(block: Block, first: number): Block {
  const later = copyOf(block, block.layout, first, block.count, Math.max(block.rows, block.count - first));
  for (let row = first; row < block.count; row++) clearRow(block, row);
  block.count = first;
  return later;
}

/** Gives the block another layout. What the new one does not have is lost. */
export function refit(block: Block, layout: Layout, rows = Math.max(block.rows, block.count)): void {
  const { memory, piece } = block;
  Object.assign(block, copyOf(block, layout, 0, block.count, rows));
  memory.give(piece);
}

/** Gives back the room that is not used. */
export function trim(block: Block): void {
  if (pieceBytes(block.count * rowBytes(block.layout)) < block.piece.bytes) refit(block, block.layout, block.count);
}

function copyOf(block: Block, layout: Layout, from: number, to: number, rows: number): Block {
  const copy = allocate(layout, rows, block.memory);
  copy.count = to - from;
  copy.time.set(block.time.subarray(from, to));
  copy.flags.set(block.flags.subarray(from, to));
  if (layout === block.layout) {
    copy.narrow.set(block.narrow.subarray(from * layout.narrowColumns, to * layout.narrowColumns));
    copy.wide.set(block.wide.subarray(from * layout.wideColumns, to * layout.wideColumns));
    return copy;
  }
  for (const [series, key] of layout.keys.entries()) {
    const before = block.layout.keys.indexOf(key);
    if (before < 0) continue;
    const widens = layout.wide[series] && !block.layout.wide[before];
    for (let row = from; row < to; row++) {
      const value = valueAt(block, before, row);
      setValue(copy, series, row - from, widens ? fromNarrow(value) : value);
    }
  }
  return copy;
}

function moveRows({ layout, count, time, flags, narrow, wide }: Block, from: number, to: number): void {
  time.copyWithin(to, from, count);
  flags.copyWithin(to, from, count);
  narrow.copyWithin(to * layout.narrowColumns, from * layout.narrowColumns, count * layout.narrowColumns);
  wide.copyWithin(to * layout.wideColumns, from * layout.wideColumns, count * layout.wideColumns);
}

function copyRow({ layout, time, flags, narrow, wide }: Block, from: number, to: number): void {
  time[to] = time[from] ?? 0;
  flags[to] = flags[from] ?? 0;
  narrow.copyWithin(to * layout.narrowColumns, from * layout.narrowColumns, (from + 1) * layout.narrowColumns);
  wide.copyWithin(to * layout.wideColumns, from * layout.wideColumns, (from + 1) * layout.wideColumns);
}

export function clearRow({ layout, narrow, wide }: Block, row: number): void {
  narrow.fill(NaN, row * layout.narrowColumns, (row + 1) * layout.narrowColumns);
  wide.fill(NaN, row * layout.wideColumns, (row + 1) * layout.wideColumns);
}
