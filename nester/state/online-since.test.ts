import { describe, expect, it } from 'vitest';
import { onlineSince } from './online-since.ts';

const RECEIVED = 1_800_000_000_000;

describe('online since', () => {
  it('reaches back over reports that came in time', () => {
    const measured = RECEIVED - 100;

    expect(onlineSince(RECEIVED, [measured, measured - 60_000, measured - 130_000], 60)).toBe(RECEIVED - 130_000);
  });

  it('stops at a hole that would have made the node late', () => {
    expect(onlineSince(RECEIVED, [RECEIVED, RECEIVED - 60_000, RECEIVED - 60_000 - 80_001], 60)).toBe(
      RECEIVED - 60_000,
    );
  });

  it('counts back from the receipt when the clock of the site is years off', () => {
    expect(onlineSince(RECEIVED, [60_000, 0], 60)).toBe(RECEIVED - 60_000);
  });

  it('is the receipt of a node that was heard once', () => {
    expect(onlineSince(RECEIVED, [RECEIVED], 60)).toBe(RECEIVED);
  });
});
