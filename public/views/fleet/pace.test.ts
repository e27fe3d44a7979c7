import { describe, expect, it } from 'vitest';
import { createPace, HALT_MS, REST_MS } from './pace.ts';

describe('a pace', () => {
  it('rests before anything moved', () => {
    const pace = createPace();

    pace.at(-300, 10_000);

    expect([pace.isRushing(10_000), pace.isMoving(10_000)]).toEqual([false, false]);
  });

  it('tells rushing past from reading along', () => {
    const reading = createPace();
    const rushing = createPace();
    for (let frame = 0; frame <= 10; frame++) {
      reading.at(frame * 20, frame * 16);
      rushing.at(-frame * 200, frame * 16);
    }

    expect([reading.isMoving(160), reading.isRushing(160), reading.stepPx()]).toEqual([true, false, 20]);
    expect([rushing.isMoving(160), rushing.isRushing(160), rushing.stepPx()]).toEqual([true, true, -200]);
  });

  it('is the same on a machine that shows few frames', () => {
    const pace = createPace();

    for (let frame = 0; frame <= 10; frame++) pace.at(frame * 125, frame * 100);

    expect(pace.isRushing(1_000)).toBe(false);
  });

  it('comes to a halt, and then to rest', () => {
    const pace = createPace();
    pace.at(0, 0);
    pace.at(400, 16);

    pace.at(400, 16 + HALT_MS);
    const halted = [pace.isRushing(16 + HALT_MS), pace.isMoving(16 + HALT_MS)];

    expect(halted).toEqual([false, true]);
    expect(pace.isMoving(16 + REST_MS)).toBe(false);
  });

  it('takes a leap after a long time for rushing, and a step for a step', () => {
    const leaping = createPace();
    const stepping = createPace();
    for (const pace of [leaping, stepping]) pace.at(0, 0);

    leaping.at(40_000, 60_000);
    stepping.at(900, 60_000);

    expect([leaping.isRushing(60_000), stepping.isRushing(60_000)]).toEqual([true, false]);
  });
});
