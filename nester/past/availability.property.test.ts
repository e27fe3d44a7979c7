import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { availabilitySlots, statusChanges } from './availability.ts';
import { createChronicle } from './chronicle.ts';
import { readRecord, recordText } from './record-text.ts';
import type { PastRecord } from './record.ts';
import { STATUSES } from './stretch.ts';

const START_MS = 1_800_000_000_000;
const SECOND = 1_000;

/** What happens, second by second: a status that is said, the connection, an end of Nester with so many seconds until the next start. */
const happening = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('status' as const), status: fc.constantFrom(...STATUSES), connected: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('down' as const), seconds: fc.integer({ min: 1, max: 40 }) }) },
  { weight: 1, arbitrary: fc.constant({ type: 'rewritten' as const }) },
);
const history = fc.array(fc.record({ afterSeconds: fc.integer({ min: 0, max: 50 }), happening }), { maxLength: 60 });
const range = fc.record({ from: fc.integer({ min: -30, max: 900 }), length: fc.integer({ min: 1, max: 900 }), points: fc.integer({ min: 1, max: 40 }) });

/** Plays a history into a chronicle, and, second by second, into an array. */
function play(steps: readonly (typeof history extends fc.Arbitrary<(infer Step)[]> ? Step : never)[], limits?: Parameters<typeof createChronicle>[0]) {
  let chronicle = createChronicle(limits);
  /** What held in each second since the start. */
  const seconds: string[] = [];
  let status = 'unknown';
  let seq = 0;
  const atMs = (): number => START_MS + seconds.length * SECOND;
  const put = (record: PastRecord): void => void chronicle.apply(record);
  put({ type: 'start', seq: ++seq, atMs: START_MS });
  for (const { afterSeconds, happening: what } of steps) {
    for (let n = 0; n < afterSeconds; n++) seconds.push(status);
    if (what.type === 'status') {
      ({ status } = what);
      put({ type: 'status', seq: ++seq, node: 'a', atMs: atMs(), status: what.status, sinceMs: atMs(), connected: what.connected });
    } else if (what.type === 'down') {
      put({ type: 'stop', seq: ++seq, atMs: atMs() });
      const aliveMs = atMs();
      for (let n = 0; n < what.seconds; n++) seconds.push('unknown');
      put({ type: 'start', seq: ++seq, atMs: atMs(), aliveMs });
    } else {
      const lines = [...chronicle.records(atMs())].map(recordText);
      chronicle = createChronicle(limits);
      for (const line of lines) put(readRecord(line) as PastRecord);
    }
  }
  for (let n = 0; n < 60; n++) seconds.push(status);
  return { chronicle, seconds, nowMs: atMs() };
}

describe('availability', () => {
  it('equals a count second by second, also across restarts and rewritten files', () => {
    fc.assert(
      fc.property(history, range, (steps, { from, length, points }) => {
        const { chronicle, seconds, nowMs } = play(steps);
        const fromMs = START_MS + from * SECOND;
        // Slots of whole seconds, so that they can be counted so.
        const toMs = fromMs + Math.ceil(length / points) * points * SECOND;
        const slots = availabilitySlots(chronicle, 'a', fromMs, toMs, points);

        for (let slot = 0; slot < points; slot++) {
          const first = from + (slot * (toMs - fromMs)) / points / SECOND;
          const counted: Record<string, number> = { online: 0, late: 0, offline: 0, paused: 0, unknown: 0 };
          for (let n = 0; n < slots.step / SECOND; n++) {
            // What holds at the end holds on.
            const what = seconds[first + n] ?? (first + n < 0 ? 'unknown' : (seconds.at(-1) ?? 'unknown'));
            counted[what] = (counted[what] ?? 0) + 1;
          }
          const { online, late, offline, paused, unknown } = slots;
          expect({ online: online[slot], late: late[slot], offline: offline[slot], paused: paused[slot], unknown: unknown[slot] }).toEqual(counted);
        }
        expect(nowMs).toBe(START_MS + seconds.length * SECOND);
      }),
      { numRuns: 300 },
    );
  });

  it('keeps the sums of the whole when old events are folded', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const { chronicle, seconds, nowMs } = play(steps, { all: 12, leastOfNode: 3, mostOfNode: 12 });
        const [whole] = [availabilitySlots(chronicle, 'a', START_MS, nowMs, 1)];
        const count = (what: string): number => seconds.filter((second) => second === what).length;

        expect([whole.online[0], whole.late[0], whole.offline[0], whole.paused[0], whole.unknown[0]]).toEqual(
          ['online', 'late', 'offline', 'paused', 'unknown'].map(count),
        );
        expect(chronicle.timeline('a')?.size() ?? 0).toBeLessThanOrEqual(15);
      }),
      { numRuns: 300 },
    );
  });

  it('lists the changes of status, each once, each true', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const { chronicle, seconds, nowMs } = play(steps);
        const { events, cut } = statusChanges(chronicle, 'a', START_MS, nowMs, 10_000);

        const rebuilt = new Array<string>(seconds.length).fill('unknown');
        for (const { at, status, until = nowMs } of events) rebuilt.fill(status, (at - START_MS) / SECOND, (until - START_MS) / SECOND);
        expect(rebuilt).toEqual(seconds);
        for (const [n, event] of events.entries()) if (n > 0) expect(event.status).not.toBe(events[n - 1]?.status);
        expect(cut).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it('cuts a list of changes that is too long, and says so', () => {
    const steps = Array.from({ length: 20 }, (_, n) => ({
      afterSeconds: 5,
      happening: { type: 'status' as const, status: n % 2 === 0 ? ('online' as const) : ('late' as const), connected: false },
    }));
    const { chronicle, nowMs } = play(steps);

    const { events, cut } = statusChanges(chronicle, 'a', START_MS, nowMs, 3);

    expect(events.map(({ status }) => status)).toEqual(['late', 'online', 'late']);
    expect(cut).toBe(true);
    expect(statusChanges(chronicle, 'a', START_MS + 11_000, START_MS + 14_000, 3)).toEqual({
      events: [{ at: START_MS + 10_000, status: 'late', until: START_MS + 15_000 }],
      cut: false,
    });
  });
});
