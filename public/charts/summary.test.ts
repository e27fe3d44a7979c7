import { describe, expect, it } from 'vitest';
import { aHistory } from './history-builders.ts';
import { sinceWhen, summaryOf, usualOf } from './summary.ts';

describe('summary', () => {
  it('is of the values, not of the buckets: a bucket of many weighs as many', () => {
    const history = { ...aHistory([10, null, 40]), min: [5, null, 40], max: [20, null, 40], count: [2, 0, 1] };

    expect(summaryOf(history)).toEqual({ min: 5, avg: 20, max: 40, latest: 40, latestAtMs: 120_000 });
  });

  it('is none where there is no value', () => {
    expect(summaryOf(aHistory([null, null]))).toBeUndefined();
    expect(usualOf(aHistory([]))).toBeUndefined();
  });

  it('finds what is usual, whatever a bad hour did', () => {
    expect(usualOf(aHistory([20, 21, 900, 19, 22, null, 20, 800]))).toBe(21);
  });

  it('says since when the newest values are bad, over buckets that hold nothing', () => {
    const isBad = (value: number): boolean => value > 5;

    expect(sinceWhen(aHistory([9, 0, 10, null, 20, null]), isBad)).toBe(120_000);
    expect(sinceWhen(aHistory([9, 9, 0]), isBad)).toBeUndefined();
    expect(sinceWhen(aHistory([]), isBad)).toBeUndefined();
  });
});
