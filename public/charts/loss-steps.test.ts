import { describe, expect, it } from 'vitest';
import { LOSS_STEPS, lossStep } from './loss-steps.ts';

describe('loss steps', () => {
  it.each([
    [0, 0],
    [0.1, 1],
    [5, 1],
    [10, 2],
    [10.01, 3],
    [25, 3],
    [50, 4],
    [99, 5],
    [100, 6],
    [null, 0],
    [undefined, 0],
  ])('puts %s %% into step %d', (percent, step) => {
    expect(lossStep(percent)).toBe(step);
  });

  it('has a step for everything a report may say', () => {
    expect(LOSS_STEPS.at(-1)).toBe(100);
  });
});
