import { describe, expect, it } from 'vitest';
import { createManualClock } from '../manual-clock.ts';
import type { Pause } from './pause-file.ts';
import { createPauseWatch } from './pause-watch.ts';

/** A watch over a pause that is said by hand, and an agent that reports it when told to. */
function aWatch() {
  const clock = createManualClock();
  let [said, reported]: (Pause | undefined)[] = [];
  let reports = 0;
  const watch = createPauseWatch({
    file: { load: () => Promise.resolve(said), write: () => Promise.resolve(), remove: () => Promise.resolve() },
    clock,
    reported: () => reported,
    report() {
      reports++;
      reported = said !== undefined && said.untilMs > clock.now() ? said : undefined;
    },
  });
  watch.start();
  return { clock, watch, say: (pause: Pause | undefined) => (said = pause), reports: () => reports };
}

describe('the watch over the pause', () => {
  it('has it reported within two seconds, once, and so its end', async () => {
    const { clock, say, reports } = aWatch();
    await clock.advance(60_000);
    expect(reports()).toBe(0);

    say({ untilMs: clock.now() + 60_000, why: 'UPS' });
    await clock.advance(2_000);
    expect(reports()).toBe(1);
    await clock.advance(20_000);
    say(undefined);
    await clock.advance(20_000);

    expect(reports()).toBe(2);
  });

  it('has another end and another reason reported', async () => {
    const { clock, say, reports } = aWatch();
    const untilMs = clock.now() + 600_000;
    for (const pause of [{ untilMs, why: 'UPS' }, { untilMs, why: 'UPS again' }, { untilMs: untilMs + 1, why: undefined }]) {
      say(pause);
      await clock.advance(10_000);
    }

    expect(reports()).toBe(3);
  });

  it('has it reported that a pause ran out, and minds it no more', async () => {
    const { clock, say, reports } = aWatch();
    say({ untilMs: clock.now() + 10_000, why: undefined });

    await clock.advance(60_000);

    expect(reports()).toBe(2);
  });

  it('leaves no timer behind', async () => {
    const { clock, watch } = aWatch();

    watch.stop();
    await clock.advance(10_000);

    expect(clock.pending()).toBe(0);
  });
});
