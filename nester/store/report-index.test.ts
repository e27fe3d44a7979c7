import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BLOCK_ROWS } from './report-block.ts';
import { createReportIndex, type IndexRow } from './report-index.ts';

function row(seq: number, node: string, timestampMs: number, carried = false): IndexRow {
  // Some are received long after, or long before they were measured, by the clocks of those concerned.
  const receivedAtMs = timestampMs + ([seq, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 40][timestampMs % 5] ?? 0);
  return { seq, node, timestampMs, receivedAtMs, crc: seq, place: { segment: 1, offset: seq, length: 2 }, carried };
}

const flat = (batches: Iterable<number[]>): number[] => [...batches].flat();

describe('report index', () => {
  it('agrees with a plain list through any adding, removing and asking', () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant('add' as const), node: fc.nat(4), time: fc.nat(40), gap: fc.integer({ min: 1, max: 3_000 }) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), pick: fc.nat() }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('forget' as const), node: fc.nat(4) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), fc.nat(40), fc.nat(40), (steps, since, until) => {
        const index = createReportIndex();
        let list: { seq: number; node: string; time: number }[] = [];
        let seq = 0;
        for (const action of steps) {
          if (action.do === 'add') {
            seq += action.gap;
            const node = `n${action.node}`;
            index.add(row(seq, node, action.time));
            list = list.filter((entry) => entry.node !== node || entry.time !== action.time);
            list.push({ seq, node, time: action.time });
          } else if (action.do === 'remove') {
            const victim = list[action.pick % (list.length || 1)];
            if (victim) index.remove(victim.seq);
            list = list.filter((entry) => entry !== victim);
          } else {
            index.removeNode(`n${action.node}`, seq + 1);
            list = list.filter(({ node }) => node !== `n${action.node}`);
          }
        }

        const byTime = [...list].sort((a, b) => a.time - b.time || a.seq - b.seq);
        const within = byTime.filter(({ time }) => time >= since && time <= until);
        expect(index.count()).toBe(list.length);
        expect(flat(index.bySeq(0, Infinity))).toEqual(list.map((entry) => entry.seq));
        expect(flat(index.byTime(-Infinity, Infinity, false))).toEqual(byTime.map((entry) => entry.seq));
        expect(flat(index.byTime(-Infinity, Infinity, true))).toEqual(byTime.map((entry) => entry.seq).reverse());
        expect(flat(index.byTime(since, until, false))).toEqual(within.map((entry) => entry.seq));
        expect([...index.nodes()].sort()).toEqual([...new Set(list.map(({ node }) => node))].sort());
        for (const node of ['n0', 'n1', 'n2', 'n3', 'n4']) {
          const own = list.filter((entry) => entry.node === node);
          expect([...index.ofNode(node)]).toEqual(own.map((entry) => entry.seq).reverse());
          const newest = byTime.filter((entry) => entry.node === node).at(-1);
          expect(index.newestOf(node)).toBe(newest?.seq ?? 0);
        }
        for (const { seq: kept, node, time } of list) {
          expect(index.find(node, time)).toBe(kept);
          expect(index.row(kept)).toEqual(row(kept, node, time));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('gives back the memory of what retention removed, and keeps the rest', () => {
    const index = createReportIndex();
    const total = BLOCK_ROWS * 3;
    for (let seq = 1; seq <= total; seq++) index.add(row(seq, `n${seq % 7}`, seq));
    for (let seq = 1; seq <= BLOCK_ROWS * 2; seq++) index.remove(seq);
    expect(index.count()).toBe(BLOCK_ROWS);
    expect(flat(index.bySeq(0, total))[0]).toBe(BLOCK_ROWS * 2 + 1);
    expect([...index.ofNode('n3')].every((seq) => seq > BLOCK_ROWS * 2)).toBe(true);
    expect(() => index.row(5)).toThrow(/BUG/);
  });

  it('tells reports carried forward from fresh ones', () => {
    const index = createReportIndex();
    index.add(row(1, 'a', 10));
    index.add(row(2, 'b', 11));
    index.add(row(3, 'a', 10, true));
    expect(flat(index.bySeq(0, 9))).toEqual([2, 3]);
    expect(flat(index.bySeq(0, 9, true))).toEqual([2]);
    expect(index.count()).toBe(2);
  });
});
