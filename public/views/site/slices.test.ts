import { describe, expect, it } from 'vitest';
import { createSlices } from './slices.ts';

/** @param putOffMs what each job takes at the end of its turn */
function rig(jobMs: number, putOffMs = 0) {
  let nowMs = 0;
  const turns: (() => void)[] = [];
  const done: string[] = [];
  const slices = createSlices<string>({
    run(job) {
      nowMs += jobMs;
      queueMicrotask(() => (nowMs += putOffMs));
      done.push(job);
      if (job === 'again') slices.add('later');
    },
    sliceMs: 8,
    now: () => nowMs,
    later: (callback) => turns.push(callback),
  });
  /** One turn, with all that is put off to its end. */
  async function turn(): Promise<void> {
    turns.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { slices, done, turn, turns: () => turns.length };
}

describe('slices', () => {
  it('do nothing at once, and much in one turn when it is quick', async () => {
    const { slices, done, turn } = rig(1);
    for (const job of ['a', 'b', 'c']) slices.add(job);

    expect(done).toEqual([]);
    await turn();
    expect(done).toEqual(['a', 'b', 'c']);
  });

  it('let others have their turn after a job that takes long', async () => {
    const { slices, done, turn, turns } = rig(30);
    for (const job of ['a', 'b']) slices.add(job);

    await turn();
    expect(done).toEqual(['a']);
    await turn();
    expect(done).toEqual(['a', 'b']);
    expect(turns()).toBe(0);
  });

  it('count what a job puts off to the end of its turn as a part of it', async () => {
    const { slices, done, turn } = rig(1, 30);
    slices.add('a');
    slices.add('b');

    await turn();

    expect(done).toEqual(['a']);
  });

  it('do once what was asked for twice, and not what was taken back', async () => {
    const { slices, done, turn } = rig(1);
    for (const job of ['a', 'b', 'a']) slices.add(job);
    slices.drop('b');

    await turn();

    expect(done).toEqual(['a']);
  });

  it('settle when all is done, also what is added meanwhile', async () => {
    const { slices, done, turn } = rig(30);
    await slices.settled();
    slices.add('again');
    let isSettled = false;
    const settled = slices.settled().then(() => (isSettled = true));

    await turn();
    expect(isSettled).toBe(false);
    await turn();
    await settled;

    expect(done).toEqual(['again', 'later']);
  });
});
