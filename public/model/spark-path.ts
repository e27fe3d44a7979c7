/** How a sparkline is drawn, on a field of {@link SPARK_WIDTH} by {@link SPARK_HEIGHT}. */
export interface SparkPath {
  line: string;
  /** What lies under the line. */
  area: string;
}

export const SPARK_WIDTH = 60;
export const SPARK_HEIGHT = 20;
const MARGIN = 2;
/** The field is never filled by less than this share of the highest value, and that in its middle: a quiet line looks quiet. */
const LEAST_SPAN = 0.5;

/**
 * `bridge`: so many empty buckets in a row are no gap: a node that reports every five minutes has
 * four between its values. A value that stands alone is a short dash.
 */
export function sparkPath(values: readonly (number | null)[], bridge: number): SparkPath {
  const runs = runsOf(values, bridge);
  let highest = -Infinity;
  let lowest = Infinity;
  for (const value of values) {
    if (value === null) continue;
    if (value > highest) highest = value;
    if (value < lowest) lowest = value;
  }
  const span = Math.max(highest - lowest, highest * LEAST_SPAN, Number.MIN_VALUE);
  const base = (lowest + highest - span) / 2;
  const x = (index: number): number => round(((index + 0.5) / values.length) * SPARK_WIDTH);
  const y = (value: number): number => round(SPARK_HEIGHT - MARGIN - ((value - base) / span) * (SPARK_HEIGHT - 2 * MARGIN));

  let line = '';
  let area = '';
  for (const run of runs) {
    const points = run.map(({ index, value }) => `${x(index)} ${y(value)}`);
    const [first, last] = [run[0], run[run.length - 1]];
    if (!first || !last) continue;
    line += run.length === 1 ? `M${round(x(first.index) - 0.5)} ${y(first.value)}h1` : `M${points.join('L')}`;
    area += `M${x(first.index)} ${SPARK_HEIGHT}L${points.join('L')}L${x(last.index)} ${SPARK_HEIGHT}z`;
  }
  return { line, area };
}

interface Point {
  index: number;
  value: number;
}

function runsOf(values: readonly (number | null)[], bridge: number): Point[][] {
  const runs: Point[][] = [];
  let last = -Infinity;
  values.forEach((value, index) => {
    if (value === null) return;
    if (index - last > bridge + 1) runs.push([]);
    runs[runs.length - 1]?.push({ index, value });
    last = index;
  });
  return runs;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
