import { type Block, valueAt } from './block.ts';

/** Times of the first and the last value of a series in a block; `undefined`: it has none. */
export function seriesBounds(block: Block, series: number): { from: number; to: number } | undefined {
  let first = 0;
  while (first < block.count && Number.isNaN(valueAt(block, series, first))) first++;
  if (first === block.count) return undefined;
  let last = block.count - 1;
  while (Number.isNaN(valueAt(block, series, last))) last--;
  return { from: block.time[first] ?? 0, to: block.time[last] ?? 0 };
}
