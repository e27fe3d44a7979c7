import { describe, expect, it } from 'vitest';
import { createLearnInterval, intervalOf } from './learnt-interval.ts';
import type { StateFile } from './state-file.ts';

const START = Date.parse('2026-11-22T08:00:00.000Z');

/** Runs with these gaps before each, in seconds. */
const runs = (...gaps: number[]): number[] => gaps.reduce((times, gap) => [...times, (times.at(-1) ?? START) + gap * 1000], [START]);

function aFile(text?: string): StateFile & { text: string | undefined } {
  const file = {
    text,
    load: () => Promise.resolve(file.text),
    save(fresh: string) {
      file.text = fresh;
      return Promise.resolve();
    },
  };
  return file;
}

describe('the time between runs', () => {
  it.each([
    ['is a minute at first', [], 60],
    ['is that of the second run, as soon as there is one', [300], 300],
    ['is what cron was told, not what it did', [301.2, 298.9, 300.4, 299.7, 300.1], 300],
    ['is not moved by a run by hand', [300, 300, 12, 288, 300], 300],
    ['is not moved by a night', [300, 300, 50_400, 300, 300], 300],
    ['is the new one after three runs', [300, 300, 60, 60, 60], 60],
    ['may be no whole minute', [90.3, 89.8, 90.1], 90],
    ['may be seconds', [7.1, 6.9, 7.0], 7],
    ['may be a day', [86_391, 86_402, 86_400], 86_400],
    ['is at most a week', [9_000_000], 604_800],
    ['is not taken from runs that overlap', [0.2, 0.1, 0], 60],
  ])('%s', (_what, gaps, seconds) => {
    expect(intervalOf(runs(...gaps))).toBe(seconds);
  });

  it('is learnt over runs that know one another by a file only', async () => {
    const file = aFile();
    const said: number[] = [];
    for (const time of runs(300, 299, 301)) said.push(await createLearnInterval(file)(time));

    expect(said).toEqual([60, 300, 300, 300]);
  });

  it('remembers few runs, however many there were', async () => {
    const file = aFile();
    for (const time of runs(...Array<number>(100).fill(60))) await createLearnInterval(file)(time);

    expect(JSON.parse(file.text ?? '')).toHaveLength(6);
  });

  it('forgets the future when the clock was set back', async () => {
    const file = aFile(JSON.stringify(runs(300, 300, 300)));

    expect(await createLearnInterval(file)(START - 86_400_000)).toBe(60);
    expect(await createLearnInterval(file)(START - 86_400_000 + 120_000)).toBe(120);
  });

  it.each(['', 'no JSON', '{"a":1}', '["x",null,1e400]'])('minds no file that holds %j', async (text) => {
    expect(await createLearnInterval(aFile(text))(START)).toBe(60);
  });
});
