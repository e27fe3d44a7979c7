import { describe, expect, it } from 'vitest';
import { createGroupCommit } from './group-commit.ts';
import type { LogEvent } from './log.ts';

const event = (at: number): LogEvent => ({ type: 'report', node: 'a', timestampMs: at, receivedAtMs: at, json: `{"node":"a","n":${at}}` });

/** Sizes of the batches that a flood of events is written in, when the follower takes so long for each of them. */
async function batchesOf(events: number, msEach: (event: number) => number): Promise<number[]> {
  let nowMs = 0;
  let followed = 0;
  const sizes: number[] = [];
  const commits = createGroupCommit({
    nextSeq: 1,
    queueBytes: Infinity,
    onBug: (error) => {
      throw error;
    },
    monotonicMs: () => nowMs,
    commit(batch) {
      sizes.push(batch.count());
      return Promise.resolve({ segment: 1, start: 0 });
    },
  });
  commits.follow((records) => {
    for (let n = 0; n < records.length; n++) nowMs += msEach(followed++);
    return Promise.resolve();
  });
  // As fast as they are followed: some thousand are always on their way.
  const waiting: Promise<void>[] = [];
  for (let at = 0; at < events; at++) {
    waiting.push(commits.join(event(at)));
    if (waiting.length > 3_000) await waiting.shift();
  }
  await Promise.all(waiting);
  await commits.close();
  expect(followed).toBe(events);
  return sizes;
}

describe('batches in a flood', () => {
  it('are small at first, and grow as long as they are followed in time', async () => {
    const sizes = await batchesOf(40_000, () => 0.001);

    expect(sizes[0]).toBe(64);
    expect(Math.max(...sizes)).toBe(1_024);
    expect(sizes.slice(-5, -1)).toEqual([1_024, 1_024, 1_024, 1_024]);
  });

  it('stay as small as may be when each event takes long', async () => {
    const sizes = await batchesOf(10_000, () => 1);

    expect(Math.max(...sizes)).toBe(64);
  });

  it('shrink when events take longer than they did', async () => {
    const sizes = await batchesOf(60_000, (at) => (at < 30_000 ? 0.001 : 0.04));

    expect(Math.max(...sizes)).toBe(1_024);
    expect(sizes.at(-2)).toBe(128);
  });
});
