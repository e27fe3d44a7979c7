import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDueQueue, type Queued } from './due-queue.ts';

interface Item extends Queued {
  name: number;
}
const items = (count: number): Item[] =>
  Array.from({ length: count }, (_, name) => ({ name, dueAtMs: Infinity, keyMs: Infinity, place: -1 }));

describe('due queue', () => {
  it('has nothing due when empty', () => {
    const queue = createDueQueue<Item>();

    expect(queue.nextMs()).toBe(Infinity);
    expect(queue.take(Number.MAX_SAFE_INTEGER)).toBeUndefined();
  });

  it('keeps an item that is moved again and again once', () => {
    const queue = createDueQueue<Item>();
    const [item] = items(1);
    for (let ms = 1_000; ms > 0; ms--) queue.set(item!, ms);

    expect(queue.take(1_000)).toBe(item);
    expect(queue.take(1_000)).toBeUndefined();
  });

  it('gives what is due, and all of it, however items are put in, moved and taken out', () => {
    const step = fc.oneof(
      fc.record({ item: fc.nat(19), at: fc.oneof(fc.nat(100), fc.constant(Infinity)) }),
      fc.record({ takeAt: fc.nat(100) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const queue = createDueQueue<Item>();
        const all = items(20);
        const model = new Map<Item, number>();
        for (const move of steps) {
          if ('item' in move) {
            queue.set(all[move.item]!, move.at);
            if (move.at === Infinity) model.delete(all[move.item]!);
            else model.set(all[move.item]!, move.at);
          } else {
            const due = [...model].filter(([, at]) => at <= move.takeAt).map(([item]) => item);
            const taken: Item[] = [];
            for (let item = queue.take(move.takeAt); item; item = queue.take(move.takeAt)) taken.push(item);
            expect(new Set(taken)).toEqual(new Set(due));
            expect(taken).toHaveLength(due.length);
            for (const item of taken) model.delete(item);
          }
          expect(queue.nextMs()).toBeLessThanOrEqual(Math.min(...model.values()));
          expect(queue.nextMs() === Infinity).toBe(model.size === 0);
        }
      }),
    );
  });
});
