import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createManualClock } from './manual-clock.ts';
import { createRhythm } from './rhythm.ts';

/** A rhythm whose rounds take so long; tells when each began. */
function aRhythm({ intervalMs = 10_000, phase = 0, roundMs = 0 } = {}) {
  const clock = createManualClock();
  const begun: number[] = [];
  const rhythm = createRhythm({
    clock,
    intervalMs,
    random: () => phase,
    round() {
      begun.push(clock.monotonic());
      return new Promise((resolve) => clock.after(roundMs, resolve));
    },
  });
  return { clock, rhythm, begun };
}

describe('rhythm', () => {
  it('begins at once, then keeps to a grid of its own phase', async () => {
    const { clock, rhythm, begun } = aRhythm({ phase: 0.3, roundMs: 100 });

    rhythm.start();
    await clock.advance(25_000);

    expect(begun).toEqual([0, 3_000, 13_000, 23_000]);
  });

  it('does not drift over ten thousand rounds, however long each takes', async () => {
    const { clock, rhythm, begun } = aRhythm({ intervalMs: 1_000, phase: 0.5, roundMs: 777.7 });

    rhythm.start();
    for (let step = 0; step < 100; step++) await clock.advance(10_000);

    expect(begun.slice(1, 3)).toEqual([1_500, 2_500]);
    expect(begun.at(-1)).toBe(999_500);
    expect(clock.pending()).toBeLessThan(5);
  }, 120_000);

  it('leaves out the points that pass during a round, and never overlaps', async () => {
    const { clock, rhythm, begun } = aRhythm({ phase: 1, roundMs: 14_000 });

    rhythm.start();
    await clock.advance(50_000);

    expect(begun).toEqual([0, 20_000, 40_000]);
  });

  it('does not make up for points that passed while the machine slept', async () => {
    const { clock, rhythm, begun } = aRhythm({ phase: 1 });
    const sleeper = { ...clock };
    rhythm.start();
    await sleeper.advance(10_000);

    // The wall clock leaps; the grid does not mind.
    clock.setWall(0);
    await clock.advance(10_000);

    expect(begun).toEqual([0, 10_000, 20_000]);
  });

  it('measures now when asked, at most once per second, without moving the grid', async () => {
    const { clock, rhythm, begun } = aRhythm({ phase: 1 });
    rhythm.start();
    await clock.advance(5_000);

    for (let ask = 0; ask < 100; ask++) rhythm.now();
    await clock.advance(200);
    for (let ask = 0; ask < 100; ask++) rhythm.now();
    await clock.advance(5_000);

    expect(begun).toEqual([0, 5_000, 6_000, 10_000]);
  });

  it('counts a round under way as the one that was asked for', async () => {
    const { clock, rhythm, begun } = aRhythm({ phase: 1, roundMs: 3_000 });
    rhythm.start();
    await clock.advance(1_500);

    rhythm.now();
    await clock.advance(5_000);

    expect(begun).toEqual([0]);
  });

  it('begins nothing after it was stopped', async () => {
    const { clock, rhythm, begun } = aRhythm();
    rhythm.start();
    await clock.advance(1);
    rhythm.now();

    rhythm.stop();
    await clock.advance(60_000);

    expect(begun).toEqual([0]);
    expect(clock.pending()).toBe(0);
  });

  it('is never late by more than one interval and one round, whatever phase was drawn', async () => {
    await fc.assert(
      fc.asyncProperty(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 0, max: 9_000 }), async (phase, roundMs) => {
        const { clock, rhythm, begun } = aRhythm({ phase, roundMs });

        rhythm.start();
        await clock.advance(60_000);

        const gaps = begun.slice(1).map((at, index) => at - (begun[index] ?? 0));
        expect(Math.max(...gaps)).toBeLessThanOrEqual(10_000 + roundMs + 1);
      }),
      { numRuns: 20 },
    );
  });
});
