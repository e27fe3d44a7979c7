import {
  type Block,
  BLOCK_ROWS,
  clearRow,
  createBlock,
  insertRow,
  refit,
  releaseBlock,
  removeRows,
  splitBlock,
  trim,
  valueAt,
} from './block.ts';
import type { ColumnMemory } from './column-memory.ts';
import type { Layouts } from './layout.ts';
import { type Measured, missingKeys, writeValues } from './report-values.ts';

/**
 * The charted values of one node's reports in order of measurement, in blocks that do not
 * overlap. A block has columns only for the series that occur in it. A plain
 * array, because there may be ten thousand of them.
 */
export type NodeColumns = Block[];

/** What adds reports to columns. One for all nodes: blocks of the same series share a layout. */
export interface ColumnWork {
  /** Adds a report, at its place. One of the same time is replaced, and keeps its flags. Returns whether it was new. */
  add(blocks: NodeColumns, timeMs: number, flags: number, report: Measured): boolean;
}

export interface BlockRows {
  block: Block;
  from: number;
  to: number;
}

/** A block with more series than a sender of good will has is closed: their empty columns cost. */
const SERIES_LIMIT = 160;

export function createColumnWork(layouts: Layouts, memory: ColumnMemory): ColumnWork {
  /** A block for reports that come after all others, with columns for the series of late. */
  function append(blocks: NodeColumns): Block {
    const before = blocks.at(-1);
    const block = createBlock(before ? layouts.only(before.layout, (series) => isInUse(before, series)) : layouts.empty, memory, before ? 'ofNext' : 'ofNode');
    blocks.push(block);
    return block;
  }

  /** Makes room for a report that is not there yet. */
  function place(blocks: NodeColumns, timeMs: number, flags: number): { block: Block; row: number } {
    let number = blocks.length - 1;
    let block = blocks[number];
    if (block && !isLast(block, timeMs)) {
      number = Math.max(0, blockAt(blocks, timeMs));
      block = blocks[number];
    }
    if (!block || (block.count === BLOCK_ROWS && number === blocks.length - 1 && isLast(block, timeMs))) block = append(blocks);
    else if (block.count === BLOCK_ROWS) {
      const later = splitBlock(block, BLOCK_ROWS / 2);
      blocks.splice(number + 1, 0, later);
      if (timeMs > (later.time[0] ?? 0)) block = later;
    }
    const row = isLast(block, timeMs) ? block.count : firstRow(block, timeMs);
    insertRow(block, row, timeMs, flags);
    return { block, row };
  }

  /** Whether a report would bring more series to its block than are good for it. */
  function isCrowded(blocks: NodeColumns, timeMs: number, report: Measured): boolean {
    const last = blocks.at(-1);
    const block = last && isLast(last, timeMs) ? last : blocks[Math.max(0, blockAt(blocks, timeMs))];
    if (!block || block.layout.keys.length * 2 <= SERIES_LIMIT) return false;
    return block.layout.keys.length + missingKeys(block.layout, report).length > SERIES_LIMIT;
  }

  /** A new block for a report, between those before and after it. */
  function placeAlone(blocks: NodeColumns, timeMs: number, flags: number): { block: Block; row: number } {
    const number = blockAt(blocks, timeMs);
    const before = blocks[number];
    const row = before ? firstRow(before, timeMs) : 0;
    if (before && row < before.count) blocks.splice(number + 1, 0, splitBlock(before, row));
    if (before) trim(before);
    const block = createBlock(layouts.empty, memory, 'ofNode');
    blocks.splice(number + 1, 0, block);
    insertRow(block, 0, timeMs, flags);
    return { block, row: 0 };
  }

  function fill(block: Block, row: number, report: Measured): void {
    if (writeValues(block, row, report, layouts)) return;
    refit(block, layouts.with(block.layout, missingKeys(block.layout, report)));
    if (!writeValues(block, row, report, layouts)) throw new Error('BUG: a block without the columns it was just given');
  }

  return {
    add(blocks, timeMs, flags, report) {
      const last = blocks.at(-1);
      const known = last && isLast(last, timeMs) ? undefined : locate(blocks, timeMs);
      if (known) {
        clearRow(known.block, known.row);
        fill(known.block, known.row, report);
        return false;
      }
      const { block, row } = isCrowded(blocks, timeMs, report) ? placeAlone(blocks, timeMs, flags) : place(blocks, timeMs, flags);
      fill(block, row, report);
      return true;
    },
  };
}

export function hasReport(blocks: NodeColumns, timeMs: number): boolean {
  return locate(blocks, timeMs) !== undefined;
}

/** Takes a report away, if it is there. */
export function removeReport(blocks: NodeColumns, timeMs: number): boolean {
  const found = locate(blocks, timeMs);
  if (!found) return false;
  removeRows(found.block, (row) => row === found.row);
  if (found.block.count === 0) blocks.splice(blocks.indexOf(found.block), 1).forEach(releaseBlock);
  return true;
}

/** `undefined`: there is no such report. */
export function flagsAt(blocks: NodeColumns, timeMs: number): number | undefined {
  const found = locate(blocks, timeMs);
  return found?.block.flags[found.row];
}

/** Sets these bits of a report's flags; `false`: it is not there. */
export function markReport(blocks: NodeColumns, timeMs: number, bits: number): boolean {
  const found = locate(blocks, timeMs);
  if (!found) return false;
  found.block.flags[found.row] = (found.block.flags[found.row] ?? 0) | bits;
  return true;
}

/** Takes away every report that has these bits; returns whether there was one. Costs the blocks that have one. */
export function sweepReports(blocks: NodeColumns, bits: number): boolean {
  let swept = false;
  for (const block of blocks) {
    const { flags } = block;
    let first = 0;
    while (first < block.count && ((flags[first] ?? 0) & bits) === 0) first++;
    if (first === block.count) continue;
    swept = true;
    removeRows(block, (row) => ((flags[row] ?? 0) & bits) !== 0);
  }
  const kept = blocks.filter(({ count }) => count > 0);
  if (kept.length === blocks.length) return swept;
  for (const block of blocks.splice(0, blocks.length, ...kept)) if (block.count === 0) releaseBlock(block);
  return swept;
}

/** Takes away all of a node: whoever walks through them finds nothing more. */
export function removeReports(blocks: NodeColumns): void {
  blocks.splice(0).forEach(releaseBlock);
}

/**
 * Blocks with reports in [fromMs, toMs), and the rows (from, to) of those. Reports may be added
 * and taken away between two of them: the walk goes on from the time it has reached.
 */
export function* rowsBetween(blocks: NodeColumns, fromMs: number, toMs: number): Generator<BlockRows> {
  for (let nextMs = fromMs; nextMs < toMs; ) {
    const number = Math.max(0, blockAt(blocks, nextMs));
    let block = blocks[number];
    // It may end before the time it was found by.
    if (block && (block.time[block.count - 1] ?? 0) < nextMs) block = blocks[number + 1];
    if (!block || (block.time[0] ?? Infinity) >= toMs) return;
    const from = firstRow(block, nextMs);
    const to = (block.time[block.count - 1] ?? 0) < toMs ? block.count : firstRow(block, toMs);
    if (to <= from) return;
    nextMs = (block.time[to - 1] ?? toMs) + 1;
    yield { block, from, to };
  }
}

/** The last block that begins at or before a time, or -1. */
function blockAt(blocks: NodeColumns, timeMs: number): number {
  let low = 0;
  let high = blocks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((blocks[middle]?.time[0] ?? Infinity) <= timeMs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function locate(blocks: NodeColumns, timeMs: number): { block: Block; row: number } | undefined {
  const block = blocks[blockAt(blocks, timeMs)];
  if (!block) return undefined;
  const row = firstRow(block, timeMs);
  return row < block.count && block.time[row] === timeMs ? { block, row } : undefined;
}

function isLast(block: Block, timeMs: number): boolean {
  return timeMs > (block.time[block.count - 1] ?? -Infinity);
}

/** The first row at or after a time; `count` when there is none. */
function firstRow({ time, count }: Block, timeMs: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((time[middle] ?? Infinity) < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Rows looked at to know whether a series is still reported. */
const RECENT_ROWS = 256;

function isInUse(block: Block, series: number): boolean {
  for (let row = Math.max(0, block.count - RECENT_ROWS); row < block.count; row++) {
    if (!Number.isNaN(valueAt(block, series, row))) return true;
  }
  return false;
}
