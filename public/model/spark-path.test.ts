import { describe, expect, it } from 'vitest';
import { SPARK_HEIGHT, SPARK_WIDTH, sparkPath } from './spark-path.ts';

/** How often a new piece begins. */
const pieces = (path: string): number => path.split('M').length - 1;

function heights(line: string): number[] {
  return [...line.matchAll(/[ML][\d.]+ ([\d.]+)/g)].map(([, y]) => Number(y));
}

describe('a sparkline', () => {
  it('is one line from left to right where every bucket has a value', () => {
    const { line, area } = sparkPath([1, 2, 3], 0);

    expect(line).toBe('M10 18L30 10L50 2');
    expect(area).toBe(`M10 ${SPARK_HEIGHT}L10 18L30 10L50 2L50 ${SPARK_HEIGHT}z`);
  });

  it('is broken by a gap, and shows a value that stands alone', () => {
    const { line } = sparkPath([1, 2, null, null, 5], 0);

    expect(pieces(line)).toBe(2);
    expect(line).toMatch(/h1$/);
  });

  it('goes on over the buckets between the reports of a node that reports seldom', () => {
    const values = [1, null, null, 2, null, null, null, 3];

    expect(pieces(sparkPath(values, 2).line)).toBe(2);
    expect(pieces(sparkPath(values, 3).line)).toBe(1);
  });

  it('looks quiet where values hardly differ', () => {
    const [first = 0, second = 0] = heights(sparkPath([100, 101], 0).line);

    expect(Math.abs(first - second)).toBeLessThan(1);
    expect(Math.abs((first + second) / 2 - SPARK_HEIGHT / 2)).toBeLessThan(1);
  });

  it('lies at the bottom where every value is zero, and in the middle where there is one', () => {
    expect(heights(sparkPath([0, 0, 0], 0).line)).toEqual([18, 18, 18]);
    expect(heights(sparkPath([5], 0).line)).toEqual([10]);
  });

  it.each([[[0, 0, 0]], [[5]], [[0.001, 1e6, 3]], [[null, 7, null]]])('stays on its field with %j', (values) => {
    for (const y of heights(sparkPath(values, 0).line)) {
      expect(y).toBeGreaterThanOrEqual(0);
      expect(y).toBeLessThanOrEqual(SPARK_HEIGHT);
    }
    expect(sparkPath(values, 0).line).not.toMatch(/NaN|Infinity/);
    expect(SPARK_WIDTH).toBe(60);
  });

  it('is nothing where nothing was measured', () => {
    expect(sparkPath([null, null], 5)).toEqual({ line: '', area: '' });
    expect(sparkPath([], 5)).toEqual({ line: '', area: '' });
  });
});
