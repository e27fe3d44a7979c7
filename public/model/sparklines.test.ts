import { describe, expect, it } from 'vitest';
import type { ViewerFrame } from '../../protocol/frames.ts';
import { aReport } from './row-builders.ts';
import { BATCH, createSparklines, RETRY_MS, type SparklinesAnswer, STILL_MS } from './sparklines.ts';

const STEP = 60_000;
const FROM = Date.parse('2026-11-22T07:58:00.000Z');

/** Sparklines with a clock of the test's own, and a Nester that answers three buckets of 5 ms for all it knows. */
function aScreen(answerOf: (nodes: readonly string[]) => SparklinesAnswer | 'never' | 'later' = known) {
  const asked: string[][] = [];
  let waiting: { delayMs: number; callback: () => void } | undefined;
  let news = 0;
  const sparklines = createSparklines({
    ask(nodes) {
      asked.push([...nodes]);
      return Promise.resolve(answerOf(nodes));
    },
    onNews: () => news++,
    after(delayMs, callback) {
      const mine = { delayMs, callback };
      waiting = mine;
      return () => {
        if (waiting === mine) waiting = undefined;
      };
    },
  });
  return {
    sparklines,
    asked,
    news: () => news,
    delayMs: () => waiting?.delayMs,
    /** Lets the time go by that is being waited for, and answers come. */
    async pass() {
      const due = waiting;
      waiting = undefined;
      due?.callback();
      await new Promise((resolve) => setImmediate(resolve));
    },
    values: (node: string, nowMs = FROM) => sparklines.of(node, nowMs)?.values,
  };
}

function known(nodes: readonly string[]): SparklinesAnswer {
  return { from: FROM, step: STEP, nodes: Object.fromEntries(nodes.map((node) => [node, [5, null, 5]])) };
}

function reports(...list: ReturnType<typeof aReport>[]): ViewerFrame {
  return { type: 'reports', cursor: 'a-2', reports: list };
}

const at = (bucket: number): string => new Date(FROM + bucket * STEP + 1_000).toISOString();

describe('sparklines', () => {
  it('are asked for when rows stand still, once, for all that are on the screen', async () => {
    const screen = aScreen();
    screen.sparklines.want(['a']);
    screen.sparklines.want(['b', 'c']);
    expect(screen.delayMs()).toBe(STILL_MS);

    await screen.pass();
    screen.sparklines.want(['b', 'c', 'd']);
    await screen.pass();

    expect(screen.asked).toEqual([['b', 'c'], ['d']]);
    expect(screen.values('b')).toEqual([5, null, 5]);
    expect(screen.values('a')).toBeUndefined();
    expect(screen.news()).toBe(2);
  });

  it('are asked for some at a time', async () => {
    const screen = aScreen();
    const nodes = Array.from({ length: 100 }, (_, index) => `site ${index}`);
    screen.sparklines.want(nodes);

    await screen.pass();
    await screen.pass();
    await screen.pass();

    expect(screen.asked).toEqual([nodes.slice(0, BATCH.nodes), nodes.slice(BATCH.nodes)]);
  });

  it('are asked for fewer at a time where names are long', async () => {
    const screen = aScreen();
    const nodes = Array.from({ length: 8 }, (_, index) => `${index}${'😀'.repeat(99)}`);
    screen.sparklines.want(nodes);

    for (let round = 0; round < 5; round++) await screen.pass();

    expect(screen.asked.map((batch) => batch.length)).toEqual([5, 3]);
    expect(screen.asked.flat()).toEqual(nodes);
  });

  it('take in the reports that come, in the bucket of their time', async () => {
    const screen = aScreen();
    screen.sparklines.want(['a']);
    await screen.pass();

    screen.sparklines.hear(reports(aReport({ node: 'a', timestamp: at(1), latency: 8 }), aReport({ node: 'a', timestamp: at(2), latency: 7 })));
    screen.sparklines.hear(reports(aReport({ node: 'a', timestamp: at(3), latency: 2 }), aReport({ node: 'a', timestamp: at(3), latency: 4 })));
    screen.sparklines.hear(reports(aReport({ node: 'a', timestamp: at(0), latency: 99 }), aReport({ node: 'a', timestamp: at(3), latency: null })));

    expect(screen.values('a')).toEqual([8, 6, 3]);
  });

  it('move on with the time, and say by their edition that they did', async () => {
    const screen = aScreen();
    screen.sparklines.want(['a']);
    await screen.pass();
    const before = screen.sparklines.of('a', FROM)?.edition;

    expect(screen.values('a', FROM + 4 * STEP)).toEqual([5, null, null]);
    expect(screen.sparklines.of('a', FROM)?.edition).not.toBe(before);
    expect(screen.values('a', FROM + 1_000_000 * STEP)).toEqual([null, null, null]);
  });

  it('are asked for anew after reports may have been missed, and shown until then', async () => {
    const screen = aScreen();
    screen.sparklines.want(['a']);
    await screen.pass();

    screen.sparklines.askAgain();
    const meanwhile = screen.values('a');
    await screen.pass();

    expect(meanwhile).toEqual([5, null, 5]);
    expect(screen.asked).toEqual([['a'], ['a']]);
  });

  it('are tried again later when Nester does not answer', async () => {
    let answer: 'later' | undefined = 'later';
    const screen = aScreen((nodes) => answer ?? known(nodes));
    screen.sparklines.want(['a']);
    await screen.pass();
    expect(screen.delayMs()).toBe(RETRY_MS);

    answer = undefined;
    await screen.pass();

    expect(screen.values('a')).toEqual([5, null, 5]);
  });

  it('are not asked for again from a Nester that has none, until it is another one', async () => {
    const screen = aScreen(() => 'never');
    screen.sparklines.want(['a']);
    await screen.pass();
    screen.sparklines.want(['b']);
    await screen.pass();
    expect(screen.asked).toEqual([['a']]);

    screen.sparklines.askAgain();
    screen.sparklines.want(['b']);
    await screen.pass();

    expect(screen.asked).toEqual([['a'], ['b']]);
  });

  it('do without a node that Nester does not know, until it reports', async () => {
    const screen = aScreen((nodes) => ({ ...known(nodes), nodes: {} }));
    screen.sparklines.want(['constructor']);
    await screen.pass();
    await screen.pass();
    expect(screen.asked).toHaveLength(1);

    screen.sparklines.hear(reports(aReport({ node: 'constructor' })));
    screen.sparklines.want(['constructor', 'b']);
    await screen.pass();

    expect(screen.values('constructor')).toBeUndefined();
    expect(screen.asked[1]).toEqual(['constructor', 'b']);
  });

  it('of more nodes than anyone looks at are forgotten, oldest first, but none that is on the screen', async () => {
    const screen = aScreen();
    for (let page = 0; page < 30; page++) {
      screen.sparklines.want(['stays', ...Array.from({ length: 50 }, (_, index) => `site ${page}-${index}`)]);
      await screen.pass();
    }

    expect(screen.values('stays')).toBeDefined();
    expect(screen.values('site 0-0')).toBeUndefined();
    expect(screen.values('site 29-0')).toBeDefined();
  });

  it('ask for nothing once they are closed', async () => {
    const screen = aScreen();
    screen.sparklines.want(['a']);

    screen.sparklines.close();
    await screen.pass();

    expect(screen.asked).toEqual([]);
  });
});
