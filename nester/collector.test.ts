import { describe, expect, it } from 'vitest';
import { adaptCollector } from './collector.ts';

describe('the collector of garbage', () => {
  it('keeps the heap small, makes nothing old at once, compacts it only at rest, and on a single core does not mark beside the thread that answers', () => {
    const flags = [1, 2, 64].map((cores) => {
      const set: string[] = [];
      adaptCollector(cores, (flag) => set.push(flag));
      return set;
    });

    const always = ['--heap-growing-percent=150', '--no-allocation-site-pretenuring', '--gc-experiment-less-compaction'];
    expect(flags).toEqual([[...always, '--no-concurrent-marking'], always, always]);
  });
});
