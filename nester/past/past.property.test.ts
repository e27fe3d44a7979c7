import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NodeState } from '../../protocol/node-state.ts';
import type { Report } from '../../protocol/report.ts';
import { createSimulatedDisk, type SimulatedDisk } from '../../test/support/simulated-disk.ts';
import { createStoreRig, FOLDER, type StoreRig, turn } from '../../test/support/store-rig.ts';
import type { Fleet } from '../state/fleet.ts';
import { createManualClock, type ManualClock } from '../state/manual-clock.ts';
import { createFleet } from '../state/node-fleet.ts';
import { createPast, type Past } from './past.ts';

const NODES = ['a', 'b', 'c'];
const START_MS = 1_800_000_000_000;
const HOUR_MS = 3_600_000;
/** A Nester that is killed is known to have been alive so long before, and a second for the disk. */
const NOTED_EVERY_MS = 31_000;

const node = fc.constantFrom(...NODES);
const happening = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('report' as const),
      node,
      interval: fc.constantFrom(undefined, 1, 2, 8, 40),
      agedMs: fc.constantFrom(0, 0, 0, 1, 900, 30_000, 200_000),
      pausedMs: fc.constantFrom(undefined, undefined, undefined, undefined, 500, 7_000, 40_000),
      hosts: fc.constantFrom(undefined, undefined, 0, 3),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('open' as const), node }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('close' as const), node }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('leap' as const), ms: fc.constantFrom(-400_000, -30_000, 20_000, 700_000) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('restart' as const),
      how: fc.constantFrom('clean' as const, 'kill' as const),
      downMs: fc.constantFrom(1, 5_000, 90_000),
    }),
  },
);
const afterMs = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 7_000 }), fc.constantFrom(6_250, 8_000, 30_001, 125_000));
const history = fc.array(fc.record({ afterMs, happening }), { minLength: 5, maxLength: 25 });

type Steps = typeof history extends fc.Arbitrary<infer All> ? All : never;

/** Was missed once: `a` is dark when the clock is set back, and paused then, as it had been at that time. */
const SET_BACK_INTO_A_PAUSE: Steps = [
  { afterMs: 1, happening: { type: 'report', node: 'a', interval: 8, agedMs: 0, pausedMs: 7_000, hosts: undefined } },
  { afterMs: 30_001, happening: { type: 'leap', ms: -30_000 } },
  { afterMs: 1, happening: { type: 'report', node: 'b', interval: undefined, agedMs: 0, pausedMs: undefined, hosts: undefined } },
  { afterMs: 30_001, happening: { type: 'close', node: 'a' } },
  { afterMs: 1, happening: { type: 'report', node: 'b', interval: undefined, agedMs: 0, pausedMs: undefined, hosts: undefined } },
  { afterMs: 1, happening: { type: 'leap', ms: 700_000 } },
  { afterMs: 1, happening: { type: 'close', node: 'a' } },
  { afterMs: 6_250, happening: { type: 'report', node: 'a', interval: undefined, agedMs: 0, pausedMs: undefined, hosts: undefined } },
];

/** Was missed once: the clock is set back while nothing is awaited, and has just caught up when Nester ends that was started in between. */
const CAUGHT_UP_AT_THE_END: Steps = [
  { afterMs: 2_748, happening: { type: 'report', node: 'a', interval: undefined, agedMs: 0, pausedMs: undefined, hosts: undefined } },
  { afterMs: 8_000, happening: { type: 'close', node: 'a' } },
  { afterMs: 6_250, happening: { type: 'report', node: 'a', interval: undefined, agedMs: 0, pausedMs: undefined, hosts: undefined } },
  { afterMs: 125_000, happening: { type: 'close', node: 'a' } },
  { afterMs: 8_000, happening: { type: 'leap', ms: -30_000 } },
  { afterMs: 6_250, happening: { type: 'close', node: 'a' } },
  { afterMs: 3_500, happening: { type: 'restart', how: 'clean', downMs: 1 } },
  { afterMs: 8_000, happening: { type: 'open', node: 'a' } },
  { afterMs: 6_250, happening: { type: 'restart', how: 'clean', downMs: 1 } },
];

/** A Nester's store, fleet and past. */
interface Running {
  disk: SimulatedDisk;
  rig: StoreRig;
  fleet: Fleet;
  past: Past;
  sockets: Map<string, (() => void)[]>;
}

async function start(disk: SimulatedDisk, clock: ManualClock): Promise<Running> {
  const rig = createStoreRig(disk, { now: clock.now });
  const histories = await rig.store.open();
  const startedAtMs = clock.now();
  const fleet = createFleet({ now: clock.now, alarm: clock.schedule, startedAtMs });
  const past = createPast({
    files: disk.files,
    folder: FOLDER,
    store: rig.store,
    now: clock.now,
    alarm: clock.schedule,
    say: (_level, message) => expect(message).toBe('nothing said'),
  });
  fleet.onChange((change) => past.tell(change));
  rig.store.follow((change) => {
    if (change.type === 'reports') fleet.apply(change.reports);
  });
  await past.open();
  fleet.load(histories);
  past.begin(startedAtMs, undefined, () => fleet.all());
  return { disk, rig, fleet, past, sockets: new Map() };
}

/** Ends it; resolves to what the next one finds on the disk. */
async function end({ disk, rig, fleet, past }: Running, how: 'clean' | 'kill', clock: ManualClock): Promise<SimulatedDisk> {
  if (how === 'clean') {
    fleet.close();
    await past.close();
    await rig.store.close();
    return disk;
  }
  // What is to be written waits for a second at most.
  clock.advance(1_000);
  for (let turns = 0; turns < 30; turns++) await turn();
  fleet.close();
  disk.setFault(() => 'stop');
  return disk.crash();
}

/**
 * Plays a history of three nodes: reports in order and late, pauses, sockets, silence, a clock
 * that is set, restarts. Writes down what the page showed, as it was shown.
 */
async function play(steps: readonly (typeof history extends fc.Arbitrary<(infer Step)[]> ? Step : never)[]) {
  const clock = createManualClock(START_MS);
  let nester = await start(createSimulatedDisk(), clock);
  const shown: { atMs: number; states: NodeState[] }[] = [];
  /** Clock time that was lived through twice: nobody can say which one is asked for. */
  const twice: [number, number][] = [];
  /** Nester was not running, as far as it can know. */
  const down: [number, number][] = [];
  /** From when on it may be unknown until when it was killed: what came after its last note. */
  const killed: [number, number][] = [];
  /** When the clock was set ahead, and by how much. */
  const ahead: [number, number][] = [];
  /** When Nester began to watch anew, at a start or after a leap: every node was given a new interval. */
  const anew: number[] = [];
  /** Those of them that lay ahead when the clock was set back: what they did is forgotten with them. */
  const forgotten: number[] = [];
  /** When it started under a clock that had said so before: once that has caught up, Nester watches anew. */
  const doubtful: number[] = [];
  const newestMs = new Map<string, number>();

  function look(): void {
    shown.push({ atMs: clock.now(), states: nester.fleet.all() });
  }

  for (const { afterMs: ms, happening: what } of steps) {
    for (const part of [0.1, 0.35, 0.55]) {
      clock.advance(Math.floor(ms * part));
      look();
    }
    clock.advance(1);
    if (what.type === 'report') {
      const { name, report } = reportFrom(what, clock.now(), newestMs);
      newestMs.set(name, Math.max(newestMs.get(name) ?? 0, Date.parse(report.timestamp ?? '')));
      await nester.rig.store.append(report, clock.now());
    } else if (what.type === 'open') {
      nester.sockets.set(what.node, [...(nester.sockets.get(what.node) ?? []), nester.fleet.connect(what.node)]);
    } else if (what.type === 'close') {
      nester.sockets.get(what.node)?.pop()?.();
    } else if (what.type === 'leap') {
      if (what.ms < 0) {
        twice.push([clock.now() + what.ms, clock.now()]);
        forgotten.push(...anew.filter((ms) => ms >= clock.now() + what.ms));
      }
      if (what.ms > 0) ahead.push([clock.now(), what.ms]);
      clock.leap(what.ms);
      // It is found out at the next look, which is never far.
      clock.advance(6_000);
      anew.push(clock.now());
    } else {
      const disk = await end(nester, what.how, clock);
      const endedMs = clock.now();
      clock.advance(what.downMs);
      if (what.how === 'clean') down.push([endedMs, clock.now()]);
      else killed.push([livedBefore(endedMs, NOTED_EVERY_MS, ahead), endedMs]);
      nester = await start(disk, clock);
      if (twice.some(([from, to]) => from <= clock.now() && clock.now() <= to)) doubtful.push(clock.now());
      anew.push(clock.now());
    }
    look();
  }
  clock.advance(1);
  const isClear = (ms: number): boolean => twice.every(([from, to]) => ms < from || ms > to);
  const isKnown = ({ atMs, states }: { atMs: number; states: NodeState[] }): boolean => isClear(atMs) && states.every(({ receivedAt }) => isClear(receivedAt) && forgotten.every((ms) => ms < receivedAt));
  return { nester, clock, shown: shown.filter(isKnown), doubtful, killed, down: down.filter(([from, to]) => isClear(from) && isClear(to)) };
}

/** What the clock said so much time before: notes are written as time goes by, whatever the clock does meanwhile. */
function livedBefore(endMs: number, ms: number, ahead: readonly [number, number][]): number {
  let fromMs = endMs - ms;
  for (const [atMs, leapMs] of [...ahead].reverse()) if (atMs + leapMs >= fromMs) fromMs -= leapMs;
  return fromMs;
}

/** What a node's interval is learnt from is not the same after a restart when reports came late: `a` is always in order, the others always say theirs. */
function reportFrom(
  { node: name, interval, agedMs, pausedMs, hosts }: Extract<typeof happening extends fc.Arbitrary<infer Each> ? Each : never, { type: 'report' }>,
  nowMs: number,
  newestMs: ReadonlyMap<string, number>,
): { name: string; report: Report } {
  const isInOrder = name === 'a';
  const timestampMs = isInOrder ? Math.max(nowMs, (newestMs.get(name) ?? 0) + 1) : nowMs - agedMs;
  const pause = pausedMs === undefined ? {} : { pausedUntil: new Date(nowMs + pausedMs).toISOString() };
  const given = interval ?? (isInOrder ? undefined : 30);
  const report: Report = {
    node: name,
    timestamp: new Date(timestampMs).toISOString(),
    latency: nowMs % 1_000,
    ...(given === undefined ? {} : { interval: given }),
    ...(hosts === undefined ? {} : { hosts: Array.from({ length: hosts }, (_, n) => ({ ip: `10.0.0.${n}`, name: '],"labels":{"' })) }),
    labels: { at: String(nowMs) },
    agent: { version: '1', mode: 'agent', ...pause },
  };
  return { name, report };
}

const byName = (states: readonly NodeState[]): NodeState[] => [...states].sort((left, right) => (left.node < right.node ? -1 : 1));

describe('the past', () => {
  it('shows at every moment what the page showed then, and counts the time as it was shown', { timeout: 240_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(history, async (steps) => {
        const { nester, clock, shown, doubtful, killed, down } = await play(steps);
        const last = new Map(shown.map((one) => [one.atMs, one]));
        for (const { atMs, states } of last.values()) {
          const pieces: Buffer[] = [];
          for await (const piece of nester.past.statesAt(atMs)) pieces.push(piece);
          // From when its interval counts, nobody can say after a start at a time that had been before.
          const known = (state: NodeState | undefined) => (state && doubtful.some((ms) => state.receivedAt < ms && ms <= atMs) ? { ...state, nextDue: 'unknown' } : state);
          const then = JSON.parse(Buffer.concat(pieces).toString()) as NodeState[];
          expect(byName(then).map(known)).toEqual(byName(states).map(known));
          for (const state of states) {
            expect(known(await nester.past.stateAt(state.node, atMs))).toEqual(known(state));
            // The first ms after: what was noted in this one counts from its end on.
            const { [state.status]: [counted], unknown } = nester.past.availability(state.node, atMs, atMs + 1, 1);
            const mayBeUnknown = killed.some(([from, to]) => from <= atMs && atMs <= to);
            if (!mayBeUnknown || unknown[0] === 0) expect({ atMs, ...state, counted }).toEqual({ atMs, ...state, counted: 0.001 });
          }
        }
        for (const name of NODES) {
          for (const [from, to] of down) expect(nester.past.availability(name, from, to, 1).unknown).toEqual([(to - from) / 1_000]);
          const { online, late, offline, paused, unknown } = nester.past.availability(name, clock.now() - HOUR_MS, clock.now(), 7);
          const sum = [online, late, offline, paused, unknown].flat().reduce((total, seconds) => total + seconds, 0);
          expect(sum).toBeCloseTo(HOUR_MS / 1_000, 6);
        }
      }),
      { numRuns: 50, examples: [[SET_BACK_INTO_A_PAUSE], [CAUGHT_UP_AT_THE_END]] },
    );
  });
});
