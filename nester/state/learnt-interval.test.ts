import { describe, expect, it } from 'vitest';
import { learntInterval } from './learnt-interval.ts';

/** Times newest first, from gaps in seconds. */
function timesOf(...gapsSeconds: number[]): number[] {
  let time = 1_800_000_000_000;
  const times = [time];
  for (const gap of gapsSeconds) times.push((time -= gap * 1_000));
  return times;
}

describe('learnt interval', () => {
  it('assumes a minute of a node that was heard once, or never', () => {
    expect(learntInterval(timesOf())).toBe(60);
    expect(learntInterval([])).toBe(60);
  });

  it('is the median gap, so that one missed report does not move it', () => {
    expect(learntInterval(timesOf(300, 300, 3_000, 300, 300))).toBe(300);
  });

  it('is in whole seconds, so that jitter of a few ms is no news', () => {
    expect(learntInterval(timesOf(59.98, 60.013, 60.4))).toBe(60);
  });

  it('takes no notice of times that are equal or out of order', () => {
    const [newest = 0, older = 0] = timesOf(10);

    expect(learntInterval([newest, newest, older, newest, older])).toBe(10);
    expect(learntInterval([newest, newest])).toBe(60);
  });

  it('is between a second and a week', () => {
    expect(learntInterval(timesOf(0.02, 0.02))).toBe(1);
    expect(learntInterval(timesOf(9_000_000))).toBe(604_800);
  });
});
