import { describe, expect, it } from 'vitest';
import { aState } from './row-builders.ts';
import { createOrder } from './order.ts';
import { EVERYTHING, sortedBy } from './query.ts';
import { createSettlingOrder, SETTLE_MS } from './settling.ts';

const byLatency = sortedBy(EVERYTHING, 'latency');
const slowA = [aState({ node: 'a', latency: 50 }), aState({ node: 'b', latency: 5 })];
const quickA = [aState({ node: 'a', latency: 1 }), aState({ node: 'b', latency: 5 })];

function settling() {
  return createSettlingOrder(createOrder(new Intl.Collator('en').compare));
}

describe('settling order', () => {
  it('keeps rows in place while their values change, and shows the new values', () => {
    const order = settling();
    order.arrange(slowA, byLatency, 1_000);

    const rows = order.arrange(quickA, byLatency, 1_000 + SETTLE_MS - 1);

    expect(rows.map(({ node, latency }) => [node, latency])).toEqual([['b', 5], ['a', 1]]);
  });

  it('moves them once the time is over', () => {
    const order = settling();
    order.arrange(slowA, byLatency, 1_000);

    const rows = order.arrange(quickA, byLatency, 1_000 + SETTLE_MS);

    expect(rows.map(({ node }) => node)).toEqual(['a', 'b']);
  });

  it('moves them at once for another query', () => {
    const order = settling();
    order.arrange(slowA, byLatency, 1_000);

    const rows = order.arrange(quickA, sortedBy(byLatency, 'node'), 1_001);

    expect(rows.map(({ node }) => node)).toEqual(['a', 'b']);
  });

  it.each([
    ['comes', [...quickA, aState({ node: 'c', latency: 2 })], ['a', 'c', 'b']],
    ['goes', quickA.slice(0, 1), ['a']],
    ['takes the place of another', [...quickA.slice(0, 1), aState({ node: 'c', latency: 0 })], ['c', 'a']],
  ])('moves them at once when a row %s', (_what, rows, expected) => {
    const order = settling();
    order.arrange(slowA, byLatency, 1_000);

    const arranged = order.arrange(rows, byLatency, 1_001);

    expect(arranged.map(({ node }) => node)).toEqual(expected);
  });

  it('moves a row at once when its status changed and trouble comes first', () => {
    const order = settling();
    order.arrange([aState({ node: 'a' }), aState({ node: 'b' })], EVERYTHING, 1_000);

    const rows = order.arrange([aState({ node: 'a' }), aState({ node: 'b', status: 'late' })], EVERYTHING, 1_001);

    expect(rows.map(({ node }) => node)).toEqual(['b', 'a']);
  });

  it('does not wait for a clock that was set back', () => {
    const order = settling();
    order.arrange(slowA, byLatency, 1_000_000);

    const rows = order.arrange(quickA, byLatency, 5);

    expect(rows.map(({ node }) => node)).toEqual(['a', 'b']);
  });
});
