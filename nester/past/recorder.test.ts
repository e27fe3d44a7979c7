import { describe, expect, it } from 'vitest';
import type { NodeState, Status } from '../../protocol/node-state.ts';
import { createManualClock } from '../state/manual-clock.ts';
import { createChronicle } from './chronicle.ts';
import type { PastRecord } from './record.ts';
import { readRecord, recordText } from './record-text.ts';
import { createRecorder } from './recorder.ts';

const MINUTE = 60_000;

/** What of a state the past is about. */
function aState(node: string, status: Status, since: number): NodeState {
  return {
    ...{ node, status, since, ip: null, devices: null, latency: null, loss: null, jitter: null, metrics: {}, targets: [], labels: {} },
    ...{ agent: null, timestamp: '', receivedAt: since, interval: 60, nextDue: since, connected: false },
  };
}

/** A recorder over what was kept before, with the fleet it asks; `states`: of the nodes there are at the start. */
function aRecorder(kept: string[] = [], clock = createManualClock(), states = new Map<string, NodeState>()) {
  const chronicle = createChronicle();
  for (const line of kept) chronicle.apply(readRecord(line) as PastRecord);
  const recorder = createRecorder({ chronicle, keep: (record) => kept.push(recordText(record)), now: clock.now, alarm: clock.schedule });
  return {
    clock,
    chronicle,
    recorder,
    kept,
    states,
    begin: (heardMs?: number) => recorder.begin(clock.now(), heardMs, () => [...states.values()]),
    leap: (ms: number): void => {
      clock.leap(ms);
      recorder.tell({ atMs: clock.now(), nodes: [], removed: [], leapMs: ms });
    },
    say: (node: string, status: Status): void => {
      const state = aState(node, status, clock.now());
      states.set(node, state);
      recorder.tell({ atMs: clock.now(), nodes: [state], removed: [] });
    },
    periods: (node: string, fromMs: number, toMs: number) => [...chronicle.periods(node, fromMs, toMs)].map((period) => [period.status, period.fromMs, period.toMs]),
  };
}

describe('recorder', () => {
  it('calls the time between a clean stop and the next start unknown, to the millisecond', () => {
    const first = aRecorder();
    first.begin();
    const begin = first.clock.now();
    first.say('a', 'online');
    first.clock.advance(5_500);
    first.recorder.close();
    first.clock.advance(1_234);

    const second = aRecorder(first.kept, first.clock, first.states);
    second.begin();
    second.say('a', 'online');

    expect(second.periods('a', begin, begin + 10_000)).toEqual([
      ['online', begin, begin + 5_500],
      ['unknown', begin + 5_500, begin + 6_734],
      ['online', begin + 6_734, begin + 10_000],
    ]);
  });

  it('knows after a kill that Nester was alive at its last note, or when it was last heard', () => {
    for (const heardAfterMs of [undefined, 70_500]) {
      const first = aRecorder();
      first.begin();
      const begin = first.clock.now();
      first.say('a', 'online');
      first.clock.advance(80_000);

      const second = aRecorder(first.kept, first.clock, first.states);
      second.begin(heardAfterMs && begin + heardAfterMs);

      expect(second.periods('a', begin, begin + 80_000)).toEqual([
        ['online', begin, begin + (heardAfterMs ?? MINUTE)],
        ['unknown', begin + (heardAfterMs ?? MINUTE), begin + 80_000],
      ]);
    }
  });

  it('calls time unknown that the clock leapt over', () => {
    const { leap, begin, say, clock, periods } = aRecorder();
    begin();
    const from = clock.now();
    say('a', 'online');
    clock.advance(1_000);
    leap(50_000);

    expect(periods('a', from, from + 60_000)).toEqual([
      ['online', from, from + 1_000],
      ['unknown', from + 1_000, from + 51_000],
      ['online', from + 51_000, from + 60_000],
    ]);
  });

  it('has a single past after the clock was set back', () => {
    const { leap, begin, say, clock, periods } = aRecorder();
    begin();
    const from = clock.now();
    say('a', 'online');
    clock.advance(50_000);
    say('a', 'late');
    clock.advance(10_000);
    leap(-40_000);

    expect(periods('a', from, from + 30_000)).toEqual([
      ['online', from, from + 20_000],
      ['late', from + 20_000, from + 30_000],
    ]);
  });

  describe('at a start under a clock that is behind', () => {
    function anHourLater() {
      const first = aRecorder();
      first.begin();
      const begin = first.clock.now();
      first.say('a', 'online');
      first.clock.advance(60 * MINUTE);
      first.say('a', 'late');
      first.recorder.close();
      first.clock.leap(-30 * MINUTE);
      const second = aRecorder(first.kept, first.clock, first.states);
      second.begin();
      second.say('a', 'offline');
      return { ...second, from: begin };
    }

    it('undoes nothing when the clock is set right soon after', () => {
      const { clock, leap, periods, from } = anHourLater();
      clock.advance(MINUTE);
      leap(40 * MINUTE);

      expect(periods('a', from, from + 80 * MINUTE)).toEqual([
        ['online', from, from + 60 * MINUTE],
        ['unknown', from + 60 * MINUTE, from + 71 * MINUTE],
        ['offline', from + 71 * MINUTE, from + 80 * MINUTE],
      ]);
    });

    function aMomentLater() {
      const first = aRecorder();
      first.begin();
      const begin = first.clock.now();
      first.say('a', 'online');
      first.clock.advance(MINUTE);
      first.recorder.close();
      first.clock.leap(-7_000);
      const second = aRecorder(first.kept, first.clock, first.states);
      second.begin();
      second.say('a', 'offline');
      return { ...second, from: begin };
    }

    it('goes on with what is shown from the very moment on at which the clock catches up', () => {
      const { clock, periods, from } = aMomentLater();
      clock.advance(7_001);

      expect(periods('a', from, clock.now())).toEqual([
        ['online', from, from + MINUTE],
        ['offline', from + MINUTE, from + MINUTE + 1],
      ]);
    });

    it('notes what was shown last when it ends in the moment after, in which no alarm rang', () => {
      const { clock, recorder, chronicle, kept } = aMomentLater();
      // A machine that was suspended.
      clock.leap(7_001);
      recorder.close();

      expect(chronicle.timeline('a')?.last()).toMatchObject({ status: 'offline', atMs: clock.now() });
      expect(kept.at(-1)).toContain('stop');
    });

    it('takes the clock at its word when it stays', () => {
      const { clock, periods, from } = anHourLater();
      clock.advance(11 * MINUTE);

      expect(periods('a', from, from + 41 * MINUTE)).toEqual([
        ['online', from, from + 30 * MINUTE],
        ['offline', from + 30 * MINUTE, from + 41 * MINUTE],
      ]);
    });
  });

  it('forgets a node, and what a start finds of nodes that are gone', () => {
    const first = aRecorder();
    first.begin();
    first.say('a', 'online');
    first.say('b', 'online');
    first.recorder.tell({ atMs: first.clock.now(), nodes: [], removed: ['a'] });
    expect(first.chronicle.nodes()).toEqual(['b']);

    const second = aRecorder(first.kept, first.clock);
    second.begin();

    expect(second.chronicle.nodes()).toEqual([]);
    expect(aRecorder(second.kept).chronicle.nodes()).toEqual([]);
  });
});
