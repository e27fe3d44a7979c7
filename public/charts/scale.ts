import type { ChartData, ChartSpec } from './chart-data.ts';

/** Room above the highest value, as a part of it. */
const HEADROOM = 1.08;
/** So much of all values must be seen in full; of a peak beyond it only that it is there. */
const SEEN = 0.98;
/** A peak so many times as high as all but the rarest values would flatten everything else. */
const PEAK = 3;

/** From where to where the values are drawn. */
export function valueRange(data: ChartData, scale: ChartSpec['scale']): [min: number, max: number] {
  if (scale === 'percent') return [0, 100];
  const lows = valuesOf(data.band ? [data.band.min] : data.lines);
  const highs = valuesOf(data.band ? [data.band.max] : data.lines);
  const lowest = lows[0] ?? 0;
  const highest = highs.at(-1) ?? 1;
  if (scale === 'loss') return [0, Math.min(100, Math.max(10, highest * HEADROOM))];
  if (scale === 'fromZero') return [Math.min(0, lowest), topOf(highs) || 1];
  const margin = (highest - lowest) * 0.1 || Math.abs(highest) * 0.1 || 1;
  const floor = lowest >= 0 && (lowest - margin < 0 || lowest < 0.25 * highest) ? 0 : lowest - margin;
  return [floor, highest + margin];
}

function topOf(highs: readonly number[]): number {
  const highest = highs.at(-1) ?? 0;
  const usual = highs[Math.floor((highs.length - 1) * SEEN)] ?? highest;
  return (usual > 0 && highest > PEAK * usual ? usual * (PEAK / 2) : highest) * HEADROOM;
}

/** In order. */
function valuesOf(columns: readonly ChartData['lines'][number][]): number[] {
  return columns
    .flat()
    .filter((value): value is number => value !== null && value !== undefined)
    .sort((a, b) => a - b);
}
