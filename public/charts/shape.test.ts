import { describe, expect, it } from 'vitest';
import { aHistory } from './history-builders.ts';
import { bridged, gapsIn, lateStretches, lonelyIn, patienceOf } from './shape.ts';

describe('shape of a line', () => {
  it('goes on where nothing was due, and breaks where something was', () => {
    const history = aHistory([1, null, 2, null, 3, null, null, null, null, null, 4], { step: 30_000 });

    const drawn = bridged(history, history.avg, patienceOf(history, 60_000));

    expect(drawn).toEqual([1, undefined, 2, undefined, 3, null, null, null, null, null, 4]);
    expect(gapsIn(drawn)).toBe(1);
  });

  it('has no gap where a value comes with every fifth report only', () => {
    const history = aHistory([1, null, null, null, null, 2, null, null, null, null, 3, null, null, null, null, 4]);

    expect(gapsIn(bridged(history, history.avg, patienceOf(history, 60_000)))).toBe(0);
  });

  it('begins and ends with the values: what was before the first is no gap', () => {
    const history = aHistory([null, null, null, 5, 6, null, null, null]);

    const drawn = bridged(history, history.avg, patienceOf(history, 60_000));

    expect(drawn).toEqual([null, null, null, 5, 6, null, null, null]);
    expect(gapsIn(drawn)).toBe(0);
  });

  it('knows the values that stand alone', () => {
    expect(lonelyIn([1, null, 2, undefined, 3, null, undefined, 4, undefined])).toEqual([0, 7]);
    expect(lonelyIn([])).toEqual([]);
    expect(lonelyIn([null, null, 5])).toEqual([2]);
  });

  it('says in which stretches values came late; a bucket between without any does not part them', () => {
    const history = aHistory([1, 2, null, 3, 4, 5, null, null, null, null, 6, 7], { late: [1, 3, 10] });

    expect(lateStretches(history, 130_000)).toEqual([
      { fromMs: 60_000, toMs: 240_000 },
      { fromMs: 600_000, toMs: 660_000 },
    ]);
  });

  it('parts two late stretches by what came in time between', () => {
    expect(lateStretches(aHistory([1, 2, 3], { late: [0, 2] }), 130_000)).toEqual([
      { fromMs: 0, toMs: 60_000 },
      { fromMs: 120_000, toMs: 180_000 },
    ]);
  });
});
