import { describe, expect, it } from 'vitest';
import { createTimeline, type Timeline } from './timeline.ts';

const DAY = 86_400_000;

/** `status@from` of every stretch. */
function stretchesOf(timeline: Timeline, fromMs = 0, toMs = Infinity): string[] {
  return [...timeline.stretches(fromMs, toMs)].map(({ status, fromMs: from, toMs: to }) => `${status} ${from}-${to}`);
}

function aTimeline(...events: [status: 'online' | 'late' | 'offline' | 'paused', atMs: number, sinceMs?: number][]): Timeline {
  const timeline = createTimeline();
  for (const [status, atMs, sinceMs = atMs] of events) timeline.add({ status, atMs, sinceMs, connected: false }, -Infinity);
  return timeline;
}

describe('timeline', () => {
  it('shows what was said at each moment, and counts from when it began', () => {
    const timeline = aTimeline(['online', 100], ['late', 184, 180], ['online', 200]);

    expect([99, 100, 183, 184, 1_000].map((ms) => timeline.shownAt(ms)?.status)).toEqual([undefined, 'online', 'online', 'late', 'online']);
    expect(stretchesOf(timeline)).toEqual(['online 100-180', 'late 180-200', 'online 200-Infinity']);
  });

  it('lets no stretch begin before the one before it, nor before Nester watched', () => {
    const timeline = createTimeline();
    timeline.add({ status: 'online', atMs: 100, sinceMs: 40, connected: false }, 100);
    timeline.add({ status: 'offline', atMs: 300, sinceMs: 20, connected: false }, 100);

    expect(stretchesOf(timeline)).toEqual(['offline 100-Infinity']);
    expect(timeline.shownAt(150)).toMatchObject({ status: 'online', sinceMs: 40 });
  });

  it('takes a change of the connection for no change of the status', () => {
    const timeline = createTimeline();
    for (const [atMs, connected] of [[10, false], [20, true], [40, false]] as const) {
      timeline.add({ status: 'online', atMs, sinceMs: 10, connected }, 0);
    }

    expect(stretchesOf(timeline, 22, 30)).toEqual(['online 10-30']);
    expect([10, 20, 40].map((ms) => timeline.shownAt(ms)?.connected)).toEqual([false, true, false]);
  });

  it('ignores what says nothing new', () => {
    const timeline = aTimeline(['online', 10], ['online', 90, 10]);

    expect(timeline.size()).toBe(1);
  });

  it('goes on from an earlier time when the clock was set back', () => {
    const timeline = aTimeline(['online', 100], ['late', 200], ['offline', 300]);

    timeline.turnBack(150);

    expect(timeline.shownAt(149)?.status).toBe('online');
    expect(timeline.last()).toEqual({ atMs: 150, status: 'offline', sinceMs: 150, connected: false });
    expect(stretchesOf(timeline)).toEqual(['online 100-150', 'offline 150-Infinity']);
  });

  it('knows what a leap of the clock found, and not what it made of it', () => {
    // Dark, until the clock is set back into the time for which the site had said that it pauses.
    const timeline = aTimeline(['paused', 100], ['offline', 300]);
    timeline.turnBack(150);
    timeline.add({ status: 'paused', atMs: 150, sinceMs: 100, connected: false }, 150);

    expect(timeline.shownAt(150)?.status).toBe('paused');
    expect([149, 150, 151].map((ms) => timeline.shownAtLeap(ms)?.status)).toEqual(['paused', 'offline', 'paused']);
  });

  it('keeps of old stretches the sums of each day', () => {
    const timeline = aTimeline(['online', DAY / 2], ['late', DAY], ['online', DAY + 1_000], ['offline', 3 * DAY], ['online', 3 * DAY + 5]);

    timeline.fold(1, (stretch) => [stretch]);

    expect(timeline.size()).toBe(1);
    expect(timeline.detailFromMs()).toBe(3 * DAY + 5);
    expect(timeline.folded.within(0, DAY)).toEqual([DAY / 2, 0, 0, 0]);
    expect(timeline.folded.within(DAY, 2 * DAY)).toEqual([DAY - 1_000, 1_000, 0, 0]);
    expect(timeline.folded.within(2 * DAY, 3 * DAY)).toEqual([DAY, 0, 0, 0]);
    expect(timeline.folded.within(0, Infinity)).toEqual([2.5 * DAY - 1_000, 1_000, 5, 0]);
    expect(timeline.folded.within(1.5 * DAY, 2 * DAY)).toEqual([(DAY - 1_000) / 2, 500, 0, 0]);
  });

  it('folds again and again into the same sums', () => {
    const once = createTimeline();
    const often = createTimeline();
    for (let n = 0; n < 500; n++) {
      const status = n % 3 === 0 ? 'online' : n % 3 === 1 ? 'late' : 'offline';
      for (const timeline of [once, often]) timeline.add({ status, atMs: n * 1_234_567, sinceMs: n * 1_234_567, connected: false }, -Infinity);
      if (n % 7 === 0) often.fold(3, (stretch) => [stretch]);
    }
    for (const timeline of [once, often]) timeline.fold(1, (stretch) => [stretch]);

    expect(often.folded.toText()).toEqual(once.folded.toText());
  });

  it('is the same after it was written and read', () => {
    const timeline = aTimeline(['online', 10], ['late', 5 * DAY + 3], ['paused', 6 * DAY], ['offline', 7 * DAY]);
    timeline.fold(3, (stretch) => [stretch]);
    timeline.add({ status: 'online', atMs: 8 * DAY, sinceMs: 8 * DAY - 4, connected: true }, 0);

    const read = createTimeline(JSON.parse(JSON.stringify(timeline.toText())) as ReturnType<Timeline['toText']>);

    expect(read.toText()).toEqual(timeline.toText());
    expect(stretchesOf(read)).toEqual(stretchesOf(timeline));
  });

  it('lets go of what is too old, but not of what holds', () => {
    const timeline = aTimeline(['online', 10], ['late', 5 * DAY], ['online', 6 * DAY], ['offline', 9 * DAY]);
    timeline.fold(2, (stretch) => [stretch]);

    timeline.trim(8 * DAY);

    expect(timeline.folded.startMs()).toBe(-Infinity);
    expect(stretchesOf(timeline)).toEqual([`online ${6 * DAY}-${9 * DAY}`, `offline ${9 * DAY}-Infinity`]);
  });
});
