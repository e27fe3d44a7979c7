import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createIdentityTable } from './identity-table.ts';

const CODES = 2 ** 32 - 1;

describe('the identity table', () => {
  it('finds what is there and nothing else, however it grew and was thinned out', () => {
    // Few hashes, of two shards, at the beginning and the end of each: chains that meet and go round.
    const hash = fc.constantFrom(0, 1, 2, 0xff_fffe, 0xff_ffff, 0x0100_0000, 0x01ff_ffff);
    const step = fc.oneof({ weight: 3, arbitrary: fc.record({ add: hash }) }, fc.record({ removeAt: fc.nat(200) }));
    fc.assert(
      fc.property(fc.constantFrom(1, CODES - 20, 3 * CODES - 5), fc.array(step, { maxLength: 300 }), (first, steps) => {
        const table = createIdentityTable();
        const model: { hash: number; seq: number }[] = [];
        let seq = first;
        for (const each of steps) {
          if ('add' in each) {
            table.add(each.add, seq);
            model.push({ hash: each.add, seq: seq++ });
          } else {
            const [gone] = model.splice(each.removeAt % Math.max(1, model.length), 1);
            if (gone) table.remove(gone.hash, gone.seq);
          }
        }
        for (let at = first; at < seq; at++) {
          for (const of of [0, 1, 2, 0xff_fffe, 0xff_ffff, 0x0100_0000, 0x01ff_ffff]) {
            const isThere = model.some((entry) => entry.hash === of && entry.seq === at);
            expect(table.find(of, (found) => found === at)).toBe(isThere ? at : 0);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('keeps a hundred thousand apart by their hashes', () => {
    const table = createIdentityTable();
    const hashOf = (seq: number): number => Math.imul(seq, 0x9e3779b1) >>> 0;
    for (let seq = 1; seq <= 100_000; seq++) table.add(hashOf(seq), seq);
    for (let seq = 1; seq <= 100_000; seq += 2) table.remove(hashOf(seq), seq);
    let wrong = 0;
    for (let seq = 1; seq <= 100_000; seq++) if (table.find(hashOf(seq), () => true) !== (seq % 2 === 0 ? seq : 0)) wrong++;
    expect(wrong).toBe(0);
  });
});
