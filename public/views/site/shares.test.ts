import { describe, expect, it } from 'vitest';
import { createSiteWords } from '../../text/site/site-words.ts';
import { createWords } from '../../text/words.ts';
import { availabilityPercent, describeShares, worstOf } from './shares.ts';

const words = createSiteWords(createWords(['en-GB']));
const shares = (some: Partial<Parameters<typeof worstOf>[0]>) => ({ online: 0, late: 0, offline: 0, paused: 0, unknown: 0, ...some });

describe('shares of time', () => {
  it('count what is known, and no pause', () => {
    expect(availabilityPercent(shares({ online: 90, late: 5, offline: 5, paused: 500, unknown: 500 }))).toBe(90);
    expect(availabilityPercent(shares({ unknown: 10, paused: 10 }))).toBeUndefined();
  });

  it('are never rounded up to a hundred', () => {
    expect(words.precisePercent(99.999)).toBe('99.99%');
    expect(words.precisePercent(100)).toBe('100%');
  });

  it('are shown as the worst of them', () => {
    expect(worstOf(shares({ online: 900, offline: 1 }))).toBe('offline');
    expect(worstOf(shares({ unknown: 900, online: 1 }))).toBe('online');
    expect(worstOf(shares({}))).toBeUndefined();
  });

  it('are told the longest first', () => {
    expect(describeShares(shares({ online: 85_560, offline: 840, late: 0.5 }), words)).toBe('online 23 hrs 46 mins, offline 14 mins');
  });
});
