import { describe, expect, it } from 'vitest';
import { adaptCollector } from './collector.ts';

describe('the collector of garbage', () => {
  it('keeps the heap small, makes nothing old at once, compacts it only at rest, and on a single core does not mark beside the thread that answers', () => {
    const flags = [1, 2, 64].map((cores) => {
      const set: string[] = [];
      adaptCollector('11.3.244.8-node.38', cores, (flag) => set.push(flag));
      return set;
    });

    const always = ['--heap-growing-percent=150', '--no-allocation-site-pretenuring', '--gc-experiment-less-compaction'];
    expect(flags).toEqual([[...always, '--no-concurrent-marking'], always, always]);
  });

  it('asks no V8 that is newer than any we know for what may be gone from it', () => {
    const set: string[] = [];
    adaptCollector('14.0.1', 64, (flag) => set.push(flag));
    expect(set).toEqual(['--heap-growing-percent=150', '--no-allocation-site-pretenuring']);
  });
});
