import { describe, expect, it } from 'vitest';
import type { NodeState } from '../../protocol/node-state.ts';
import { aState } from './row-builders.ts';
import { createWallOrder } from './wall-order.ts';

const order = createWallOrder((a, b) => a.localeCompare(b, 'en', { numeric: true }));
const rowsOf = (...states: Partial<NodeState>[]) => new Map(states.map((state) => [state.node ?? '', aState(state)]));
const names = (rows: readonly { node: string }[]): string[] => rows.map(({ node }) => node);

describe('the order of a wall', () => {
  it('begins with dark sites, then late ones, what just happened first', () => {
    const rows = rowsOf(
      { node: 'a', status: 'late', since: 500 },
      { node: 'b', status: 'offline', since: 100 },
      { node: 'c', status: 'offline', since: 300 },
      { node: 'd', status: 'online' },
    );

    expect(names(order(rows).trouble)).toEqual(['c', 'b', 'a']);
  });

  it('lists the others by name, strange and paused ones first', () => {
    const rows = rowsOf(
      { node: 'site 10' },
      { node: 'site 9' },
      { node: 'lossy', loss: 40 },
      { node: 'paused', status: 'paused' },
    );

    expect(names(order(rows).well)).toEqual(['lossy', 'paused', 'site 9', 'site 10']);
  });

  it('follows sites that come and go', () => {
    order(rowsOf({ node: 'a' }, { node: 'b' }));

    expect(names(order(rowsOf({ node: 'c' }, { node: 'b' })).well)).toEqual(['b', 'c']);
  });
});
