import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advance, fold, keyOf } from './history.ts';
import { aHistory } from './history-builders.ts';

describe('history', () => {
  it('takes a value into its bucket, whatever order values come in', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ atMs: fc.integer({ min: 0, max: 299_999 }), value: fc.integer({ min: 0, max: 1_000 }), isLate: fc.boolean() })), (points) => {
        const history = aHistory([null, null, null, null, null]);

        for (const point of points) fold(history, point);

        for (let at = 0; at < 5; at++) {
          const inside = points.filter(({ atMs }) => Math.floor(atMs / 60_000) === at);
          const values = inside.map(({ value }) => value);
          expect(history.count[at]).toBe(values.length);
          expect(history.late[at]).toBe(inside.filter(({ isLate }) => isLate).length);
          if (values.length === 0) {
            expect([history.min[at], history.avg[at], history.max[at]]).toEqual([null, null, null]);
          } else {
            expect(history.min[at]).toBe(Math.min(...values));
            expect(history.max[at]).toBe(Math.max(...values));
            expect(history.avg[at]).toBeCloseTo(values.reduce((sum, value) => sum + value, 0) / values.length, 6);
          }
        }
      }),
    );
  });

  it('has no room for what is before or after it', () => {
    const history = aHistory([1, 2], { from: 120_000 });

    expect(fold(history, { atMs: 119_999, value: 9, isLate: false })).toBe(false);
    expect(fold(history, { atMs: 240_000, value: 9, isLate: false })).toBe(false);
    expect(history.max).toEqual([1, 2]);
  });

  it('moves on: empty buckets come, old ones go, and what is in between stays', () => {
    const history = aHistory([1, 2, 3]);

    const changed = advance(history, 90_000, 245_000);

    expect(changed).toBe(true);
    expect(history).toMatchObject({ from: 90_000, to: 245_000, t: [60_000, 120_000, 180_000, 240_000], avg: [2, 3, null, null], count: [1, 1, 0, 0] });
    expect(advance(history, 91_000, 246_000)).toBe(false);
  });

  it('tells a target’s series from the node’s own', () => {
    expect(keyOf({ metric: 'latency' })).not.toBe(keyOf({ metric: 'latency', target: 'gateway' }));
  });
});
