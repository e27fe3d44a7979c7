import { describe, expect, it } from 'vitest';
import { adaptToCores } from './single-core.ts';

describe('on a single core', () => {
  it('nothing is marked beside the thread that answers, and on more all stays as it is', () => {
    const flags = [1, 2, 64].map((cores) => {
      const set: string[] = [];
      adaptToCores(cores, (flag) => set.push(flag));
      return set;
    });

    expect(flags).toEqual([['--no-concurrent-marking'], [], []]);
  });
});
