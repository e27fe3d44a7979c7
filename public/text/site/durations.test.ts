import { describe, expect, it } from 'vitest';
import { createDurations } from './durations.ts';

const en = createDurations('en-US');

describe('durations', () => {
  it.each([
    [-5, '0 sec'],
    [999, '0 sec'],
    [40_000, '40 sec'],
    [90_000, '1 min 30 sec'],
    [14 * 60_000 + 59_000, '14 min'],
    [3_600_000 + 5 * 60_000, '1 hr 5 min'],
    [11 * 3_600_000 + 59 * 60_000, '11 hr 59 min'],
    [3 * 86_400_000 + 4 * 3_600_000, '3 days 4 hr'],
    [38.9 * 86_400_000, '38 days'],
  ])('of %d ms are %s', (ms, text) => {
    expect(en(ms)).toBe(text);
  });
});
