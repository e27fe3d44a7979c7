import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createColumnMemory, type Piece, pieceBytes } from './column-memory.ts';

const size = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 20_000 }), fc.constantFrom(16_383, 16_384, 16_385, 64 * 1024));

describe('the memory of columns', () => {
  it('gives pieces that are large enough, begin at a multiple of 8, and share no byte with another that is in use', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ size, givesBack: fc.option(fc.nat({ max: 40 })) }), { maxLength: 200 }), (steps) => {
        const memory = createColumnMemory();
        const used: Piece[] = [];
        for (const { size: bytes, givesBack } of steps) {
          const piece = memory.take(bytes);
          expect(piece.bytes).toBe(pieceBytes(bytes));
          expect(piece.bytes).toBeGreaterThanOrEqual(bytes);
          expect(piece.bytes).toBeLessThan(bytes + Math.max(64, bytes / 8));
          expect(piece.offset % 8).toBe(0);
          expect(piece.offset + piece.bytes).toBeLessThanOrEqual(piece.buffer.byteLength);
          for (const other of used) {
            const isApart = other.buffer !== piece.buffer || other.offset + other.bytes <= piece.offset || piece.offset + piece.bytes <= other.offset;
            expect(isApart).toBe(true);
          }
          used.push(piece);
          if (givesBack !== null) used.splice(givesBack, 1).forEach((gone) => memory.give(gone));
        }
      }),
    );
  });

  it('uses again what was given back, and far fewer buffers than pieces', () => {
    const memory = createColumnMemory();
    const pieces = Array.from({ length: 1_000 }, () => memory.take(1_000));
    const buffers = new Set(pieces.map(({ buffer }) => buffer));
    expect(buffers.size).toBeLessThanOrEqual(25);
    // One of each ten, and as many again.
    pieces.filter((_, at) => at % 10 === 0).forEach((piece) => memory.give(piece));
    for (let count = 0; count < 100; count++) expect(buffers.has(memory.take(1_000).buffer)).toBe(true);
  });

  it('takes no memory for a hundred pieces where one is in use', () => {
    expect(createColumnMemory().take(1_000).buffer.byteLength).toBeLessThanOrEqual(8_192);
  });

  it('lets go of slabs of which no piece is in use, but for one', () => {
    const memory = createColumnMemory();
    const pieces = Array.from({ length: 1_000 }, () => memory.take(1_000));
    const buffers = new Set(pieces.map(({ buffer }) => buffer));
    pieces.forEach((piece) => memory.give(piece));
    const again = new Set(Array.from({ length: 1_000 }, () => memory.take(1_000).buffer));
    expect([...again].filter((buffer) => buffers.has(buffer))).toHaveLength(1);
  });
});
