import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNameRanks } from './name-ranks.ts';

const { compare } = new Intl.Collator('en', { numeric: true });

describe('ranks of names', () => {
  it('are those of one sorting, however the names came in', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.string({ maxLength: 4 }), { maxLength: 90 }), { maxLength: 5 }), (batches) => {
        const ranks = createNameRanks(compare);
        for (const batch of batches) ranks.learn(batch, batch.length);
        const names = [...new Set(batches.flat())];

        const ordered = [...names].sort((a, b) => ranks.rank(a) - ranks.rank(b));

        expect(new Set(names.map((name) => ranks.rank(name))).size).toBe(names.length);
        for (let index = 1; index < ordered.length; index++) expect(compare(ordered[index - 1] ?? '', ordered[index] ?? '')).toBeLessThanOrEqual(0);
      }),
    );
  });

  it('know nothing of a name that was not learnt', () => {
    expect(createNameRanks(compare).rank('a')).toBe(-1);
  });

  it('are forgotten for names that have long gone', () => {
    const ranks = createNameRanks(compare);
    ranks.learn(Array.from({ length: 1_500 }, (_, index) => `gone ${index}`), 1_500);

    ranks.learn(['here'], 1);

    expect([ranks.rank('here'), ranks.rank('gone 1')]).toEqual([0, -1]);
  });
});
