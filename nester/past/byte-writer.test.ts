import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createByteWriter } from './byte-writer.ts';

describe('a byte writer', () => {
  it('writes numbers as JSON does, and bytes as they are, however little room it began with', () => {
    const number = fc.oneof(fc.maxSafeNat(), fc.nat(1_000), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(0, -0, 9, 10, Number.MAX_SAFE_INTEGER));
    const part = fc.oneof(number, fc.uint8Array({ maxLength: 500 }));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 20 }), fc.integer({ min: 1, max: 600 }), (parts, sizeBytes) => {
        const writer = createByteWriter(sizeBytes);
        for (const each of parts) {
          if (typeof each === 'number') writer.number(each);
          else writer.bytes(each);
        }

        expect(writer.take()).toEqual(Buffer.concat(parts.map((each) => (typeof each === 'number' ? Buffer.from(JSON.stringify(each)) : each))));
        expect(writer.take()).toHaveLength(0);
      }),
    );
  });

  it('keeps its hands off what it handed over', () => {
    const writer = createByteWriter(16);
    writer.bytes(Buffer.from('-first-'), 1, 6);
    const first = writer.take();
    writer.number(12_345);

    expect(first.toString()).toBe('first');
    expect(writer.take().toString()).toBe('12345');
  });
});
