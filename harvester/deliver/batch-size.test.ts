import { describe, expect, it } from 'vitest';
import { createBatchSize } from './batch-size.ts';

/** A line of so many bytes per second, with a deadline as a batch has; tells the bytes of each batch. */
function batchesOver(bytesPerSecond: number, count: number): number[] {
  let nowMs = 0;
  const size = createBatchSize({ monotonic: () => nowMs });
  return Array.from({ length: count }, () => {
    const bytes = size.bytes();
    const done = size.begin();
    nowMs += Math.min(60_000, (bytes / bytesPerSecond) * 1000);
    done();
    return bytes / 1024;
  });
}

describe('the size of a batch', () => {
  it('doubles up to half a mebibyte on a good line', () => {
    expect(batchesOver(10_000_000, 6)).toEqual([64, 128, 256, 512, 512, 512]);
  });

  it('halves on a bad one, until a batch takes seconds', () => {
    expect(batchesOver(8_000, 4)).toEqual([64, 32, 16, 16]);
  });

  it('becomes small enough to arrive at all where the first ones do not', () => {
    expect(batchesOver(1_000, 6)).toEqual([64, 32, 16, 8, 4, 4]);
  });
});
