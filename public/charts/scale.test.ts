import { describe, expect, it } from 'vitest';
import { chartDataOf } from './chart-data.ts';
import { aHistory } from './history-builders.ts';
import { valueRange } from './scale.ts';

const dataOf = (values: (number | null)[]) => {
  const data = chartDataOf({ lines: [{ series: { metric: 'x' }, label: 'x' }] }, () => aHistory(values), 60_000);
  if (!data) throw new Error('no data');
  return data;
};

describe('range of values', () => {
  it('is 0 to 100 for what is a part of a whole', () => {
    expect(valueRange(dataOf([40, 50]), 'percent')).toEqual([0, 100]);
  });

  it('begins at 0 where 0 means none, and leaves room above', () => {
    const [min, max] = valueRange(dataOf([20, 25]), 'fromZero');

    expect(min).toBe(0);
    expect(max).toBeGreaterThan(25);
    expect(max).toBeLessThan(30);
  });

  it('does not let one peak flatten all else', () => {
    const [, max] = valueRange(dataOf([...Array.from({ length: 200 }, () => 20), 2_000]), 'fromZero');

    expect(max).toBeLessThan(40);
  });

  it('shows a loss of nothing as a flat line at the bottom, not as noise', () => {
    expect(valueRange(dataOf([0, 0]), 'loss')).toEqual([0, 10]);
    expect(valueRange(dataOf([0, 100]), 'loss')).toEqual([0, 100]);
  });

  it('comes close to values far from 0, and never has no height', () => {
    expect(valueRange(dataOf([50, 60]), 'free')).toEqual([49, 61]);
    const [min, max] = valueRange(dataOf([0, 0]), 'free');
    expect(max).toBeGreaterThan(min);
  });
});
