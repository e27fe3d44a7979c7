import { describe, expect, it } from 'vitest';
import { AGAIN_MS, createHostSearch, type HostsAnswer, TYPED_MS } from './host-search.ts';

const PRINTER = { ip: '10.0.0.9', mac: '00:11:22:33:44:55', vendor: 'HP', name: 'LaserJet' };

/** A search with a clock of the test's own, and a Nester that answers when the test says so. */
function aSearch() {
  const asked: { text: string; signal: AbortSignal; answer: (answer: HostsAnswer | undefined) => void }[] = [];
  let waiting: { delayMs: number; callback: () => void } | undefined;
  let news = 0;
  const search = createHostSearch({
    ask: (text, signal) => new Promise((resolve) => asked.push({ text, signal, answer: resolve })),
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
    look: (text: string) => [...search.look(text)],
    search,
    asked,
    news: () => news,
    delayMs: () => waiting?.delayMs,
    pass() {
      const due = waiting;
      waiting = undefined;
      due?.callback();
    },
    async answer(...nodes: HostsAnswer['nodes']) {
      asked.at(-1)?.answer({ nodes });
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

describe('the search in LANs', () => {
  it('asks when typing has come to rest, and says which host it was', async () => {
    const typed = aSearch();
    for (const text of ['l', 'la', 'laser']) expect(typed.look(text)).toEqual([]);
    expect(typed.delayMs()).toBe(TYPED_MS);

    typed.pass();
    await typed.answer({ node: 'lyon', hosts: [PRINTER, { ip: '10.0.0.10' }] });

    expect(typed.asked.map(({ text }) => text)).toEqual(['laser']);
    expect(typed.look('laser ')).toEqual([['lyon', ['HP LaserJet · 10.0.0.9', '10.0.0.10']]]);
    expect(typed.news()).toBe(1);
  });

  it('shows the MAC where it is what was looked for', async () => {
    const typed = aSearch();
    typed.look('33:44');
    typed.pass();
    await typed.answer({ node: 'lyon', hosts: [PRINTER] });

    expect(typed.look('33:44')).toEqual([['lyon', ['HP LaserJet · 10.0.0.9 · 00:11:22:33:44:55']]]);
  });

  it('keeps what was found while more is typed, and drops it for other words', async () => {
    const typed = aSearch();
    typed.look('laser');
    typed.pass();
    await typed.answer({ node: 'lyon', hosts: [PRINTER] });

    expect(typed.look('laserj')).toHaveLength(1);
    expect(typed.look('camera')).toEqual([]);
    expect(typed.look('')).toEqual([]);
    expect(typed.delayMs()).toBeUndefined();
  });

  it('takes no answer to an earlier question', async () => {
    const typed = aSearch();
    typed.look('laser');
    typed.pass();
    const [first] = typed.asked;

    typed.look('camera');
    first?.answer({ nodes: [{ node: 'lyon', hosts: [PRINTER] }] });
    await new Promise((resolve) => setImmediate(resolve));

    expect(first?.signal.aborted).toBe(true);
    expect(typed.look('camera')).toEqual([]);
    expect(typed.news()).toBe(0);
  });

  it('asks again after a while, and tells only of news', async () => {
    const typed = aSearch();
    typed.look('laser');
    typed.pass();
    await typed.answer({ node: 'lyon', hosts: [PRINTER] });
    expect(typed.delayMs()).toBe(AGAIN_MS);
    const found = typed.search.look('laser');

    typed.pass();
    await typed.answer({ node: 'lyon', hosts: [PRINTER] });

    expect(typed.search.look('laser')).toBe(found);
    expect(typed.news()).toBe(1);
  });

  it('does not ask for a single letter, and finds nothing where Nester has no answer', async () => {
    const typed = aSearch();
    typed.look('l');
    expect(typed.delayMs()).toBeUndefined();

    typed.look('la');
    typed.pass();
    typed.asked[0]?.answer(undefined);
    await new Promise((resolve) => setImmediate(resolve));

    expect(typed.look('la')).toEqual([]);
  });
});
