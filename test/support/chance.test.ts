import { describe, expect, it } from 'vitest';
import { binomialInterval } from './chance.ts';

describe('the interval that chance allows', () => {
  it('is that of the tables for ten tosses of a coin', () => {
    // P(X <= 1) = 11/1024, P(X <= 2) = 56/1024.
    expect(binomialInterval(10, 0.5, 0.95)).toEqual({ least: 2, most: 8 });
    expect(binomialInterval(10, 0.5, 0.85)).toEqual({ least: 3, most: 7 });
  });

  it('is not symmetric where the events are rare', () => {
    // P(X = 0) = 0.9^20 = 0.122, so that none at all is nothing unusual; P(X >= 7) = 0.0024.
    expect(binomialInterval(20, 0.1, 0.99)).toEqual({ least: 0, most: 6 });
  });

  it('holds for more events than a factorial can count', () => {
    const { least, most } = binomialInterval(2_000, 0.1, 0.999);

    // 200 expected, and 3.29 standard deviations of 13.4 to either side.
    expect(Math.abs(least - 156)).toBeLessThanOrEqual(2);
    expect(Math.abs(most - 246)).toBeLessThanOrEqual(2);
  });
});
