import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createReportIndex, type ReportIndex } from './report-index.ts';

interface Row {
  seq: number;
  node: string;
  time: number;
  receivedAt: number;
}

/** Reports in order of receipt, under a clock that may be set; some go, some are carried forward. */
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('add' as const), node: fc.nat(3), time: fc.nat(60), clock: fc.integer({ min: -5, max: 20 }), gap: fc.constantFrom(1, 1, 2, 9_000) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), pick: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('carry' as const), pick: fc.nat() }) },
);

function play(steps: readonly (typeof step extends fc.Arbitrary<infer Step> ? Step : never)[]): { index: ReportIndex; rows: Row[] } {
  const index = createReportIndex();
  let rows: Row[] = [];
  let clock = 100;
  let seq = 0;
  const add = (row: Row, carried: boolean): void => {
    const place = { segment: 1, offset: row.seq, length: 2 };
    index.add({ seq: row.seq, node: row.node, timestampMs: row.time, receivedAtMs: row.receivedAt, crc: 0, place, carried });
    rows = [...rows.filter(({ node, time }) => node !== row.node || time !== row.time), row];
  };
  for (const action of steps) {
    const victim = action.do === 'add' ? undefined : rows[action.pick % (rows.length || 1)];
    if (action.do === 'add') {
      clock = Math.max(0, clock + action.clock);
      seq += action.gap;
      add({ seq, node: `n${action.node}`, time: action.time, receivedAt: clock }, false);
    } else if (action.do === 'carry') {
      if (victim) add({ ...victim, seq: ++seq }, true);
    } else if (victim) {
      index.remove(victim.seq);
      rows = rows.filter((row) => row !== victim);
    }
  }
  return { index, rows };
}

/** Found the naive way. */
function expected(rows: readonly Row[], node: string, until: number): { seq: number; times: number[] } | undefined {
  const newest: Row[] = [];
  for (const row of rows) if (row.node === node && row.receivedAt <= until && row.time > (newest.at(-1)?.time ?? -1)) newest.push(row);
  const last = newest.at(-1);
  return last && { seq: last.seq, times: newest.slice(-10).map(({ time }) => time).reverse() };
}

function walked(index: ReportIndex, until: number): { seq: number; times: number[] }[] {
  const walk = index.asOf(until);
  for (;;) {
    const next = walk.next();
    if (next.done) return next.value.map(({ seq, times }) => ({ seq, times: times() }));
  }
}

describe('the newest reports as of a moment', () => {
  it('are those that a plain search finds, whatever was late, replaced, removed or carried forward', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat(700), (steps, until) => {
        const { index, rows } = play(steps);
        const wanted = [...index.nodes()].map((node) => expected(rows, node, until));

        expect(walked(index, until)).toEqual(wanted.filter((one) => one !== undefined).sort((left, right) => left.seq - right.seq));
        for (const [n, node] of [...index.nodes()].entries()) {
          const found = index.nodeAsOf(node, until);
          expect(found && { seq: found.seq, times: found.times() }).toEqual(wanted[n]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('are found with a turn for others in between when there is much to walk through', () => {
    const index = createReportIndex();
    const place = { segment: 1, offset: 0, length: 2 };
    for (let seq = 1; seq <= 600_000; seq++) index.add({ seq, node: `n${seq % 100}`, timestampMs: seq, receivedAtMs: seq, crc: 0, place, carried: false });

    let turns = 0;
    const walk = index.asOf(600_000);
    while (!walk.next().done) turns++;

    expect(turns).toBeGreaterThan(1);
  });
});
