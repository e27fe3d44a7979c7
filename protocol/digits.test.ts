import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeHex, writeShort, writeWhole } from './digits.ts';

function written(write: (bytes: Uint8Array, at: number) => number): string {
  const bytes = Buffer.alloc(40);
  return bytes.toString('latin1', 3, write(bytes, 3));
}

describe('numbers written as text', () => {
  it.each([0, 1, 9, 10, 9_999_999, 10_000_000, 10_000_001, 1_764_500_000_000, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER])('writes %d', (number) => {
    expect(written((bytes, at) => writeWhole(bytes, at, number))).toBe(String(number));
  });

  it('writes every whole number as JavaScript does', () => {
    fc.assert(fc.property(fc.maxSafeNat(), (number) => written((bytes, at) => writeWhole(bytes, at, number)) === String(number)));
  });

  it('writes 32 bits in hex', () => {
    fc.assert(fc.property(fc.nat(0xffff_ffff), (bits) => written((bytes, at) => writeHex(bytes, at, bits)) === bits.toString(16).padStart(8, '0')));
  });

  it('writes text', () => {
    expect(written((bytes, at) => writeShort(bytes, at, ',"x":'))).toBe(',"x":');
  });
});
