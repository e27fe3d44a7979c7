import { describe, expect, it } from 'vitest';
import type { NodeState } from '../../protocol/node-state.ts';
import { aState } from '../model/row-builders.ts';
import { createPast } from './past.ts';

function aNester() {
  const asked: { atMs: number; answer: (nodes: NodeState[]) => void; fail: () => void }[] = [];
  const ask = (atMs: number): Promise<NodeState[]> =>
    new Promise((answer, reject) => asked.push({ atMs, answer, fail: () => reject(new Error('no')) }));
  let news = 0;
  const past = createPast({ ask, onNews: () => news++ });
  return { asked, past, news: () => news };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const nodesOf = ({ rows }: { rows: ReadonlyMap<string, unknown> }): string[] => [...rows.keys()];

describe('the past', () => {
  it('shows a moment once Nester has told of it, and asks once', async () => {
    const { asked, past, news } = aNester();
    expect(past.at(1)).toMatchObject({ phase: 'asked' });
    past.at(1);

    asked[0]?.answer([aState({ node: 'a' })]);
    await turn();

    expect(asked).toHaveLength(1);
    expect(news()).toBe(1);
    expect(past.at(1).phase).toBe('known');
    expect(nodesOf(past.at(1))).toEqual(['a']);
  });

  it('skips the moments that a slider passes on its way', async () => {
    const { asked, past } = aNester();
    for (const atMs of [1, 2, 3, 4]) past.at(atMs);

    asked[0]?.answer([]);
    await turn();

    expect(asked.map(({ atMs }) => atMs)).toEqual([1, 4]);
  });

  it('goes on showing what it showed until the next is there', async () => {
    const { asked, past } = aNester();
    past.at(1);
    asked[0]?.answer([aState({ node: 'a' })]);
    await turn();
    past.at(1);

    expect(past.at(2)).toMatchObject({ phase: 'asked' });
    expect(nodesOf(past.at(2))).toEqual(['a']);
  });

  it('says when Nester does not tell', async () => {
    const { asked, past } = aNester();
    past.at(1);
    asked[0]?.fail();
    await turn();

    expect(past.at(1).phase).toBe('failed');
    expect(asked).toHaveLength(1);
  });

  it('keeps a few moments, not all of a day', async () => {
    const { asked, past } = aNester();
    for (let atMs = 1; atMs <= 100; atMs++) {
      past.at(atMs);
      asked.at(-1)?.answer([]);
      await turn();
    }

    past.at(100);
    past.at(1);

    expect(asked).toHaveLength(101);
  });
});
