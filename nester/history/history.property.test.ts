import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHistoryRig, type HistoryRig } from '../../test/support/history-rig.ts';
import { createSeededRandom } from '../../test/support/seeded-random.ts';
import { createSimulatedDisk, type SimulatedDisk } from '../../test/support/simulated-disk.ts';
import { DAY_MS, gridEnd, gridOf, HOUR_MS } from './step-ladder.ts';

const MINUTE_MS = 60_000;

/** A report as the test remembers it. */
interface Sent {
  node: string;
  timeMs: number;
  receivedMs: number;
  latency: number | undefined;
  cpu: number | undefined;
}

type Series = 'latency' | 'cpu';

/** What a list of all reports says. */
function naive(sent: readonly Sent[], node: string, series: Series, startMs: number, stepMs: number, count: number) {
  return Array.from({ length: count }, (_, n) => {
    const from = startMs + n * stepMs;
    const inBucket = sent.filter((report) => report.node === node && report.timeMs >= from && report.timeMs < from + stepMs && report[series] !== undefined);
    const values = inBucket.map((report) => report[series] ?? NaN);
    return {
      t: from,
      min: values.length === 0 ? null : Math.min(...values),
      max: values.length === 0 ? null : Math.max(...values),
      sum: values.reduce((sum, value) => sum + value, 0),
      count: values.length,
      late: inBucket.filter(({ timeMs, receivedMs }) => receivedMs - timeMs > MINUTE_MS).length,
    };
  });
}

const nodes = ['a', 'b'];
const span = fc.oneof(
  fc.integer({ min: 0, max: 120 }).map((seconds) => seconds * 1_000),
  fc.integer({ min: 1, max: 600 }).map((minutes) => minutes * MINUTE_MS),
  fc.integer({ min: 1, max: 60 }).map((hours) => hours * HOUR_MS + 1),
  fc.constantFrom(30 * DAY_MS, 395 * DAY_MS, 420 * DAY_MS),
);
const value = fc.option(fc.oneof(fc.integer({ min: 0, max: 5_000 }).map((tenths) => tenths / 10), fc.double({ min: 0, max: 1e6, noNaN: true })), { nil: undefined });
const send = fc.record({ type: fc.constant('send' as const), node: fc.constantFrom(...nodes), agoMs: span, latency: value, cpu: value });
const run = fc.record({ type: fc.constant('run' as const), node: fc.constantFrom(...nodes), reports: fc.integer({ min: 5, max: 60 }), gapMs: fc.constantFrom(10_000, MINUTE_MS, 20 * MINUTE_MS) });
const wait = fc.record({ type: fc.constant('wait' as const), ms: span });
const question = fc.record({
  type: fc.constant('ask' as const),
  node: fc.constantFrom(...nodes),
  series: fc.constantFrom<Series>('latency', 'cpu'),
  agoMs: span,
  lengthMs: span,
  points: fc.integer({ min: 1, max: 40 }),
});
const plain = <T extends string>(type: T) => fc.record({ type: fc.constant(type) });
const crash = fc.record({ type: fc.constant('crash' as const), seed: fc.nat(), calls: fc.integer({ min: 1, max: 60 }), power: fc.boolean(), what: fc.constantFrom('roll', 'tick', 'nothing') });
const forget = fc.record({ type: fc.constant('forget' as const), node: fc.constantFrom(...nodes) });

const action = fc.oneof(
  { weight: 6, arbitrary: send },
  { weight: 4, arbitrary: run },
  { weight: 4, arbitrary: wait },
  { weight: 4, arbitrary: plain('tick') },
  { weight: 3, arbitrary: plain('roll') },
  { weight: 2, arbitrary: plain('restart') },
  { weight: 2, arbitrary: crash },
  { weight: 1, arbitrary: forget },
  { weight: 8, arbitrary: question },
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

/** A Nester's life, and a list that remembers everything. */
async function live(actions: readonly Action[], options: { retentionMs: number; maxReports: number }): Promise<void> {
  let sent: Sent[] = [];
  const clock = { now: 1_795_334_400_000 };
  let disk: SimulatedDisk = createSimulatedDisk({ now: () => clock.now });
  let rig = createHistoryRig(disk, { ...options, segmentBytes: 2_000 }, clock);
  await rig.open();

  async function keep(report: Sent): Promise<void> {
    const { node, timeMs, latency, cpu } = report;
    const timestamp = new Date(timeMs).toISOString();
    const kept = await rig.store.append(
      { node, timestamp, ...(latency === undefined ? {} : { latency }), ...(cpu === undefined ? {} : { metrics: { cpu } }) },
      report.receivedMs,
    );
    // One of a time that was retired is another: of those that are gone, only their sum is known.
    if (!kept.duplicate) sent.push(report);
  }

  async function begin(next: SimulatedDisk): Promise<void> {
    disk = next;
    rig = createHistoryRig(disk, { ...options, segmentBytes: 2_000 }, clock);
    await rig.open();
  }

  for (const step of actions) {
    switch (step.type) {
      case 'send':
        clock.now += 1;
        await keep({ node: step.node, timeMs: clock.now - step.agoMs, receivedMs: clock.now, latency: step.latency, cpu: step.cpu });
        break;
      case 'run':
        for (let n = 0; n < step.reports; n++) {
          clock.now += step.gapMs;
          await keep({ node: step.node, timeMs: clock.now, receivedMs: clock.now, latency: (n * 7) % 13, cpu: undefined });
        }
        break;
      case 'wait':
        clock.now += step.ms;
        break;
      case 'tick':
        await rig.tick();
        break;
      case 'roll':
        await rig.history.roll();
        break;
      case 'restart':
        await rig.close();
        await begin(disk);
        break;
      case 'crash': {
        const last = disk.calls() + step.calls;
        disk.setFault(({ number }) => (number >= last ? 'stop' : undefined));
        const work = step.what === 'roll' ? rig.history.roll() : step.what === 'tick' ? rig.tick() : Promise.resolve();
        await Promise.race([work.catch(() => undefined), disk.stopped]);
        await begin(step.power ? disk.powerCut(createSeededRandom(step.seed)) : disk.crash());
        break;
      }
      case 'forget':
        await rig.store.forget(step.node);
        sent = sent.filter(({ node }) => node !== step.node);
        expect(disk.text('/data/history.json') ?? '').not.toContain(`"node":"${step.node}"`);
        break;
      case 'ask':
        await ask(rig, sent, clock.now, step);
    }
  }
  await rig.close();
  expect(rig.said.filter((said) => /BUG|cannot/.test(said))).toEqual([]);
}

async function ask(rig: HistoryRig, sent: readonly Sent[], nowMs: number, { node, series, agoMs, lengthMs, points }: Extract<Action, { type: 'ask' }>): Promise<void> {
  const toMs = nowMs - agoMs;
  const fromMs = Math.max(0, toMs - lengthMs);
  const answer = await rig.history.values({ node, series: { metric: series }, fromMs, toMs, points });

  const grids = [0, HOUR_MS, DAY_MS].map((leastMs) => gridOf(fromMs, toMs, points, leastMs));
  const grid = grids.find(({ stepMs }) => stepMs === answer.step);
  if (!grid) throw new Error(`a step of ${answer.step} ms for ${toMs - fromMs} ms in ${points} points`);
  const expected = naive(sent, node, series, grid.startMs, grid.stepMs, grid.count);
  const { t, min, max, count, late } = answer;
  expect({ t, min, max, count, late }).toEqual({
    t: expected.map((bucket) => bucket.t),
    min: expected.map((bucket) => bucket.min),
    max: expected.map((bucket) => bucket.max),
    count: expected.map((bucket) => bucket.count),
    late: expected.map((bucket) => bucket.late),
  });
  for (const [n, bucket] of expected.entries()) {
    if (bucket.count === 0) expect(answer.avg[n]).toBeNull();
    else expect(Math.abs((answer.avg[n] ?? NaN) - bucket.sum / bucket.count)).toBeLessThanOrEqual(1e-6 * (bucket.max ?? 0));
  }
  // Coarser than asked only where reports were retired.
  if (grid !== grids[0] && grid.stepMs !== grids[0]?.stepMs) {
    const kept = new Set((await rig.all()).map((report) => `${report.node} ${Date.parse(report.timestamp)}`));
    const lost = sent.filter((report) => !kept.has(`${report.node} ${report.timeMs}`) && report.timeMs >= grid.startMs && report.timeMs < gridEnd(grid));
    expect(lost.length).toBeGreaterThan(0);
  }
}

const nothing = { latency: undefined, cpu: undefined };
const SHORT = { retentionMs: 2 * HOUR_MS, maxReports: 40 };
const MONTH = { series: 'latency' as const, lengthMs: 30 * DAY_MS, points: 1 };
/** Lives in which the answer was wrong once. */
const FOUND: [Action[], typeof SHORT][] = [
  // A report that was retired in the first seconds of a log came back from data.json, and was counted again.
  [
    [
      { type: 'run', node: 'a', reports: 44, gapMs: 10_000 },
      { type: 'crash', seed: 0, calls: 1, power: false, what: 'roll' },
      { type: 'send', node: 'a', agoMs: 0, ...nothing },
      { type: 'ask', node: 'a', agoMs: MINUTE_MS, ...MONTH },
    ],
    SHORT,
  ],
  // The last report of a silent node was carried forward before it was in a line, and counted no more after a restart.
  [
    [
      { type: 'run', node: 'a', reports: 43, gapMs: 10_000 },
      { type: 'run', node: 'b', reports: 55, gapMs: 10_000 },
      { type: 'wait', ms: 2 * HOUR_MS + 1 },
      { type: 'crash', seed: 0, calls: 10, power: false, what: 'tick' },
      { type: 'ask', node: 'a', agoMs: HOUR_MS + 1, ...MONTH },
    ],
    SHORT,
  ],
  // Another report of a time that was retired is one more.
  [
    [
      { type: 'run', node: 'b', reports: 10, gapMs: 20 * MINUTE_MS },
      { type: 'tick' },
      { type: 'send', node: 'b', agoMs: 3 * HOUR_MS + 1, ...nothing },
      { type: 'ask', node: 'b', agoMs: HOUR_MS + 1, ...MONTH },
    ],
    SHORT,
  ],
];

describe('the history of a node', () => {
  it('is what a list of all reports that ever came would say, whatever happens to Nester', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { minLength: 5, maxLength: 40 }),
        fc.record({ retentionMs: fc.constantFrom(2 * HOUR_MS, 26 * HOUR_MS, 7 * DAY_MS), maxReports: fc.constantFrom(40, 1_000) }),
        live,
      ),
      { numRuns: 300, examples: FOUND },
    );
  }, 300_000);
});
