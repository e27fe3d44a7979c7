import { describe, expect, it } from 'vitest';
import { createTally } from './tally.ts';

describe('the tally', () => {
  it('lets in as many as there is room for, of each and in all', () => {
    const tally = createTally({ most: 3, mostEach: 2 });

    expect(['a', 'a', 'a', 'b', 'c'].map((address) => tally.enter(address))).toEqual([undefined, undefined, 'each', undefined, 'all']);
  });

  it('counts who has no address of their own in all only', () => {
    const tally = createTally({ most: 3, mostEach: 1 });

    expect([undefined, undefined, 'a', undefined].map((address) => tally.enter(address))).toEqual([undefined, undefined, undefined, 'all']);
    tally.leave(undefined);
    expect(tally.enter(undefined)).toBeUndefined();
  });

  it('has room again for whoever left, and forgets the addresses of all who did', () => {
    const tally = createTally({ most: 2, mostEach: 1 });
    tally.enter('a');
    tally.enter('b');

    tally.leave('a');

    expect([tally.enter('b'), tally.enter('a'), tally.enter('c')]).toEqual(['each', undefined, 'all']);
  });
});
