import { describe, expect, it } from 'vitest';
import type { NodeState } from '../../protocol/node-state.ts';
import { aState } from './row-builders.ts';
import { createOrder } from './order.ts';
import { EVERYTHING, type Query } from './query.ts';

const { compare } = new Intl.Collator('en', { numeric: true });

function arranged(states: Partial<NodeState>[], query: Partial<Query> = {}): string[] {
  const order = createOrder(compare);
  return order.arrange(states.map(aState), { ...EVERYTHING, ...query }).map(({ node }) => node);
}

describe('order', () => {
  it('puts trouble first, and equals by name as people count', () => {
    const nodes = arranged([
      { node: 'site 10' },
      { node: 'site 9' },
      { node: 'z', status: 'late' },
      { node: 'b', status: 'offline' },
      { node: 'y', status: 'paused' },
      { node: 'a', status: 'late' },
    ]);

    expect(nodes).toEqual(['b', 'a', 'z', 'y', 'site 9', 'site 10']);
  });

  it('keeps names in their order when the statuses are reversed', () => {
    const nodes = arranged([{ node: 'a', status: 'offline' }, { node: 'c' }, { node: 'b' }], { descending: true });

    expect(nodes).toEqual(['b', 'c', 'a']);
  });

  it('keeps unknown values last in both directions', () => {
    const states = [{ node: 'none', latency: null }, { node: 'slow', latency: 90 }, { node: 'quick', latency: 9 }];

    expect(arranged(states, { sort: 'latency' })).toEqual(['quick', 'slow', 'none']);
    expect(arranged(states, { sort: 'latency', descending: true })).toEqual(['slow', 'quick', 'none']);
  });

  it('orders addresses by their numbers, IPv4 before IPv6', () => {
    const states = [
      { node: 'd', ip: 'fe80::1' },
      { node: 'c', ip: '10.0.0.10' },
      { node: 'e', ip: null },
      { node: 'b', ip: '10.0.0.9' },
      { node: 'a', ip: '9.255.0.1' },
    ];

    expect(arranged(states, { sort: 'ip' })).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it.each([
    ['devices', { devices: 3 }, { devices: 20 }],
    ['loss', { loss: 0 }, { loss: 10 }],
    ['updated', { timestamp: '2026-11-22T07:59:59.999Z' }, { timestamp: '2026-11-22T08:00:00.000Z' }],
    ['node', {}, {}],
  ] as const)('orders by %s', (sort, less, more) => {
    const states = [{ node: 'b', ...more }, { node: 'a', ...less }];

    expect(arranged(states, { sort })).toEqual(['a', 'b']);
    expect(arranged(states, { sort, descending: true })).toEqual(['b', 'a']);
  });

  it('gives a name that came later its place among the others', () => {
    const order = createOrder(compare);
    const before = [aState({ node: 'a' }), aState({ node: 'c' })];
    order.arrange(before, EVERYTHING);

    const nodes = order.arrange([...before, aState({ node: 'b' })], EVERYTHING).map(({ node }) => node);

    expect(nodes).toEqual(['a', 'b', 'c']);
  });
});
