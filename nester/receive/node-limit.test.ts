import { describe, expect, it } from 'vitest';
import { createNodeLimit } from './node-limit.ts';

function aNodeLimit(most: number, ...known: string[]) {
  const names = new Set(known);
  const limit = createNodeLimit({ fleet: { has: (node) => names.has(node), count: () => names.size }, most });
  return { names, limit };
}

describe('the limit of nodes', () => {
  it('always takes a node that is known, and refuses a new one when all places are taken', () => {
    const { limit } = aNodeLimit(2, 'a', 'b');

    expect([limit.admit('a'), limit.admit('c'), limit.admit('b')]).toEqual(['known', 'full', 'known']);
  });

  it('counts new ones whose first report is still on its way', () => {
    const { limit } = aNodeLimit(2, 'a');

    expect([limit.admit('b'), limit.admit('c'), limit.admit('b')]).toEqual(['new', 'full', 'new']);
  });

  it('gives the place back when the first report could not be kept, or the node was forgotten', () => {
    const { limit, names } = aNodeLimit(2, 'a');
    limit.admit('b');
    limit.admit('b');

    limit.settled('b');
    const whileOneIsComing = limit.admit('c');
    limit.settled('b');
    const after = limit.admit('c');
    names.delete('a');

    expect([whileOneIsComing, after, limit.admit('d')]).toEqual(['full', 'new', 'new']);
  });
});
