import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { staying } from './stay.ts';

describe('staying', () => {
  it('moves one item only, wherever in the list it went', () => {
    const toTheEnd = staying([1, 2, 3, 4, 0]);
    const toTheStart = staying([4, 0, 1, 2, 3]);

    expect(toTheEnd).toEqual([true, true, true, true, false]);
    expect(toTheStart).toEqual([false, true, true, true, true]);
  });

  it('places what is new, and leaves the rest', () => {
    expect(staying([0, -1, 1, -1])).toEqual([true, false, true, false]);
    expect(staying([-1, -1])).toEqual([false, false]);
    expect(staying([])).toEqual([]);
  });

  it('lets as many stay as can, in their order', () => {
    const orders = fc.uniqueArray(fc.nat(9), { maxLength: 8 });
    fc.assert(
      fc.property(orders, (positions) => {
        const stay = staying(positions);
        const kept = positions.filter((_position, index) => stay[index]);

        expect(kept).toEqual([...kept].sort((a, b) => a - b));
        expect(kept).toHaveLength(longestRun(positions));
      }),
    );
  });
});

/** By trying every choice. */
function longestRun([first, ...rest]: readonly number[], above = -1): number {
  if (first === undefined) return 0;
  const without = longestRun(rest, above);
  return first > above ? Math.max(without, 1 + longestRun(rest, first)) : without;
}
