import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { valueAt } from './block.ts';
import { createColumnMemory } from './column-memory.ts';
import { createLayouts } from './layout.ts';
import { fromNarrow } from './narrow.ts';
import { createColumnWork, markReport, type NodeColumns, removeReport, removeReports, rowsBetween, sweepReports } from './node-columns.ts';
import type { Measured } from './report-values.ts';

/** Every value there is, as `time key value`. */
function contents(columns: NodeColumns, from = -Infinity, to = Infinity): string[] {
  const found: string[] = [];
  for (const { block, from: first, to: end } of rowsBetween(columns, from, to)) {
    for (let row = first; row < end; row++) {
      for (const [series, key] of block.layout.keys.entries()) {
        const value = valueAt(block, series, row);
        if (!Number.isNaN(value)) found.push(`${block.time[row]} ${key} ${block.layout.wide[series] ? value : fromNarrow(value)}`);
      }
    }
  }
  return found.sort();
}

function expected(reports: ReadonlyMap<number, Measured>, from = -Infinity, to = Infinity): string[] {
  const found: string[] = [];
  for (const [time, { latency, devices, metrics = {}, targets = [] }] of reports) {
    if (time < from || time >= to) continue;
    if (typeof latency === 'number') found.push(`${time} latency ${latency}`);
    if (typeof devices === 'number') found.push(`${time} devices ${devices}`);
    for (const [name, value] of Object.entries(metrics)) found.push(`${time} metrics.${name} ${value}`);
    for (const target of targets) if (typeof target.loss === 'number') found.push(`${time} targets.loss.${target.name} ${target.loss}`);
  }
  return found.sort();
}

const number = fc.oneof(
  fc.integer({ min: -100, max: 100 }).map((tenths) => tenths / 10),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (Object.is(value, -0) ? 0 : value)),
  fc.integer(),
);
const few = fc.constantFrom('cpu', 'memory', 'latency', 'a.b', 'metrics.x');
const many = fc.integer({ min: 0, max: 400 }).map((n) => `m${n}`);
const report: fc.Arbitrary<Measured> = fc.record(
  {
    latency: fc.option(number.map(Math.abs)),
    devices: fc.option(fc.nat()),
    metrics: fc.oneof(fc.dictionary(few, number, { noNullPrototype: true }), fc.dictionary(many, number, { maxKeys: 40, noNullPrototype: true })),
    targets: fc.array(fc.record({ name: fc.constantFrom('gateway', 'x.y'), loss: fc.option(fc.integer({ min: 0, max: 100 })) }), { maxLength: 1 }),
  },
  { requiredKeys: [] },
);
const time = fc.oneof(fc.nat({ max: 50 }), fc.nat({ max: 5_000 }));
const action = fc.oneof(
  { weight: 8, arbitrary: fc.record({ type: fc.constant('add' as const), time, report }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('remove' as const), time }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('forget' as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('sweep' as const), times: fc.array(time, { maxLength: 30 }) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('run' as const), time, length: fc.constantFrom(20, 1500), report }) },
);

const NODES = 3;
/** Of nodes that share the memory of their columns. */
const step = fc.record({ node: fc.nat({ max: NODES - 1 }), action });

describe('the columns of nodes', () => {
  it('hold what a list of all reports would, each value as it was sent', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), time, time, (steps, from, to) => {
        const work = createColumnWork(createLayouts(), createColumnMemory());
        const nodes = Array.from({ length: NODES }, () => ({ columns: [] as NodeColumns, reports: new Map<number, Measured>() }));
        for (const { node, action: what } of steps) {
          const { columns, reports } = nodes[node] ?? { columns: [], reports: new Map<number, Measured>() };
          if (what.type === 'add') {
            expect(work.add(columns, what.time, 0, what.report)).toBe(!reports.has(what.time));
            reports.set(what.time, what.report);
          } else if (what.type === 'run') {
            for (let at = what.time; at < what.time + what.length; at++) {
              work.add(columns, at, 0, what.report);
              reports.set(at, what.report);
            }
          } else if (what.type === 'remove') {
            expect(removeReport(columns, what.time)).toBe(reports.delete(what.time));
          } else if (what.type === 'forget') {
            removeReports(columns);
            reports.clear();
          } else {
            for (const gone of what.times) expect(markReport(columns, gone, 8)).toBe(reports.has(gone));
            for (const gone of what.times) reports.delete(gone);
            sweepReports(columns, 8);
          }
        }
        for (const { columns, reports } of nodes) {
          expect(columns.reduce((sum, { count }) => sum + count, 0)).toBe(reports.size);
          expect(contents(columns)).toEqual(expected(reports));
          expect(contents(columns, from, to)).toEqual(expected(reports, from, to));
        }
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  it('are found empty by who walks through those of a node that was forgotten, whatever their memory is used for next', () => {
    const work = createColumnWork(createLayouts(), createColumnMemory());
    const [gone, next]: [NodeColumns, NodeColumns] = [[], []];
    for (let at = 0; at < 1_500; at++) work.add(gone, at, 0, { latency: 1 });
    const walk = rowsBetween(gone, 0, 1_500);
    expect(walk.next().value).toMatchObject({ from: 0, to: 256 });
    removeReports(gone);
    for (let at = 0; at < 1_500; at++) work.add(next, at, 0, { latency: 2 });
    expect(walk.next().done).toBe(true);
  });
});
