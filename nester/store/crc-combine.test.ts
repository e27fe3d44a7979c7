import { crc32 } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinedCrc, shortCrc } from './crc-combine.ts';

const bytes = fc.uint8Array({ maxLength: 300 });

describe('combined CRCs', () => {
  it('gives the same CRC of few bytes as zlib', () => {
    fc.assert(fc.property(bytes, (some) => shortCrc(some, 0, some.length) === crc32(some)));
  });

  it('gives the same CRC of two parts as zlib of the whole', () => {
    fc.assert(
      fc.property(bytes, bytes, (first, second) => {
        const whole = crc32(Buffer.concat([first, second]));
        return joinedCrc(crc32(first), crc32(second), second.length) === whole;
      }),
    );
  });

  it.each([0, 1, 4_095, 4_096, 262_144, 8_388_608 + 1])('joins a second part of %i bytes', (length) => {
    const first = Buffer.from('first');
    const second = Buffer.alloc(length, 'second');

    expect(joinedCrc(crc32(first), crc32(second), length)).toBe(crc32(Buffer.concat([first, second])));
  });
});
