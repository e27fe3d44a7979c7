import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTextShelf, type ShelvedText } from './text-shelf.ts';

describe('text shelf', () => {
  it('gives back what was put on it, whatever was put and released since', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 30 });
    const asBytes = (texts: string[]): (string | Uint8Array)[] => texts.map((each, n) => (n % 2 === 0 ? each : Buffer.from(each)));
    const step = fc.oneof(fc.array(text, { minLength: 1, maxLength: 4 }), fc.constant(undefined));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const shelf = createTextShelf(64);
        const kept: { text: string; place: ShelvedText }[] = [];
        for (const texts of steps) {
          if (texts === undefined) {
            const oldest = kept.shift();
            if (oldest) shelf.release(oldest.place);
          } else {
            kept.push({ text: texts.join(','), place: shelf.put(asBytes(texts)) });
          }
          expect(kept.map(({ place }) => shelf.read(place).toString())).toEqual(kept.map((each) => each.text));
        }
      }),
    );
  });

  it('uses its memory again', () => {
    const shelf = createTextShelf(64);
    const pieces = new Set<object>();
    let before: ShelvedText[] = [];
    for (let round = 0; round < 100; round++) {
      const now = Array.from({ length: 8 }, () => shelf.put(['0123456789abcdef']));
      for (const text of before) shelf.release(text);
      before = now;
      for (const { piece } of now) pieces.add(piece);
    }
    expect(pieces.size).toBeLessThan(8);
  });
});
