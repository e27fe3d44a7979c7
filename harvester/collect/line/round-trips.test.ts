import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { qualityOf } from './round-trips.ts';

describe('quality of a line', () => {
  it('is the median, the share lost, and the mean difference of successive round trips', () => {
    expect(qualityOf([10, 30, 20], 4)).toEqual({ latency: 20, loss: 25, jitter: 15 });
    expect(qualityOf([10, 20, 30, 100], 4)).toEqual({ latency: 25, loss: 0, jitter: 30 });
  });

  it('is null where it cannot be known', () => {
    expect(qualityOf([], 10)).toEqual({ latency: null, loss: 100, jitter: null });
    expect(qualityOf([7], 1)).toEqual({ latency: 7, loss: 0, jitter: null });
    expect(qualityOf([7, 9], undefined)).toEqual({ latency: 8, loss: null, jitter: 2 });
    expect(qualityOf([], 0)).toEqual({ latency: null, loss: null, jitter: null });
  });

  it('keeps the median between the smallest and the largest, and both others in their range', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 60_000, noNaN: true }), { minLength: 2, maxLength: 50 }), fc.nat(20), (trips, lost) => {
        const { latency, loss, jitter } = qualityOf(trips, trips.length + lost);

        expect(latency).toBeGreaterThanOrEqual(Math.min(...trips) - 0.001);
        expect(latency).toBeLessThanOrEqual(Math.max(...trips) + 0.001);
        expect(loss).toBeCloseTo((100 * lost) / (trips.length + lost), 2);
        expect(jitter).toBeLessThanOrEqual(Math.max(...trips) - Math.min(...trips) + 0.001);
      }),
    );
  });
});
