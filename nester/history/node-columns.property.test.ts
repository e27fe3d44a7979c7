import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { valueAt } from './block.ts';
import { createLayouts } from './layout.ts';
import { fromNarrow } from './narrow.ts';
import { createColumnWork, markReport, type NodeColumns, removeReport, rowsBetween, sweepReports } from './node-columns.ts';
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
  { weight: 1, arbitrary: fc.record({ type: fc.constant('sweep' as const), times: fc.array(time, { maxLength: 30 }) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('run' as const), time, length: fc.constantFrom(20, 1500), report }) },
);

describe('the columns of a node', () => {
  it('hold what a list of all reports would, each value as it was sent', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), time, time, (actions, from, to) => {
        const columns: NodeColumns = [];
        const work = createColumnWork(createLayouts());
        const reports = new Map<number, Measured>();
        for (const step of actions) {
          if (step.type === 'add') {
            expect(work.add(columns, step.time, 0, step.report)).toBe(!reports.has(step.time));
            reports.set(step.time, step.report);
          } else if (step.type === 'run') {
            for (let at = step.time; at < step.time + step.length; at++) {
              work.add(columns, at, 0, step.report);
              reports.set(at, step.report);
            }
          } else if (step.type === 'remove') {
            expect(removeReport(columns, step.time)).toBe(reports.delete(step.time));
          } else {
            for (const gone of step.times) expect(markReport(columns, gone, 8)).toBe(reports.has(gone));
            for (const gone of step.times) reports.delete(gone);
            sweepReports(columns, 8);
          }
        }
        expect(columns.reduce((sum, { count }) => sum + count, 0)).toBe(reports.size);
        expect(contents(columns)).toEqual(expected(reports));
        expect(contents(columns, from, to)).toEqual(expected(reports, from, to));
      }),
      { numRuns: 150 },
    );
  }, 60_000);
});
