import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTrack } from './track.ts';

describe('a track', () => {
  it('finds for every point the line that covers it', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 60 }), fc.double({ min: 0, max: 1, noNaN: true }), (heights, share) => {
        const track = createTrack(heights, heights.length);
        const point = share * (track.total - 0.001);

        const line = track.at(point);

        expect(track.total).toBe(heights.reduce((sum, height) => sum + height, 0));
        expect(track.top(line)).toBeLessThanOrEqual(point);
        expect(track.top(line + 1)).toBeGreaterThan(point);
      }),
    );
  });

  it('takes the first line for a point above, and the last for one below', () => {
    const track = createTrack([10, 20, 30], 3);

    expect([track.at(-5), track.at(1_000)]).toEqual([0, 2]);
    expect([track.top(0), track.top(3)]).toEqual([0, 60]);
  });

  it('has no height without lines', () => {
    const track = createTrack([], 0);

    expect([track.total, track.at(5), track.top(0)]).toEqual([0, 0, 0]);
  });
});
