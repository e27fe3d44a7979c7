import { describe, expect, it } from 'vitest';
import type { LineHold } from '../store/array-file.ts';
import { createLineMoves } from './line-moves.ts';
import { createRecords } from './records.ts';

/** Three nodes; the lines of the first stand in two places. */
function someMoves() {
  const records = createRecords();
  const [a, b, c] = [records.of('a'), records.of('b'), records.of('c')];
  const told: string[] = [];
  let held = 1;
  const oldFile: LineHold = {
    read: () => Promise.resolve([]),
    share: () => {
      held++;
      return oldFile;
    },
    release: () => {
      held--;
    },
  };
  const moves = createLineMoves();
  const begin = (): void =>
    moves.begin({ numbers: new Map([[a, [0, 2, 4, 5]], [b, [2, 4]]]), oldFile, move: (record, number) => told.push(`${record.name}${number}`) });
  return { moves, begin, a, b, c, told, held: () => held };
}

describe('moved lines', () => {
  it('are told to every node, each of its lines once', async () => {
    const { moves, begin, told } = someMoves();

    begin();
    await moves.finish();

    expect(told).toEqual(['a0', 'a1', 'a4', 'b2', 'b3']);
  });

  it('are read from the old file until their node was told', async () => {
    const { moves, begin, a, b, c, held } = someMoves();

    expect(moves.hold(a)).toBeUndefined();
    begin();
    expect([a, b, c].map((record) => moves.hold(record) !== undefined)).toEqual([true, true, false]);
    moves.settle(a);
    expect([a, b].map((record) => moves.hold(record) !== undefined)).toEqual([false, true]);
    await moves.finish();

    expect(moves.hold(b)).toBeUndefined();
    // One before all others, three that asked.
    expect(held()).toBe(4);
  });

  it('are told at once to a node that is about to change, and not again', async () => {
    const { moves, begin, b, told } = someMoves();

    begin();
    moves.settle(b);
    moves.settle(b);
    expect(told).toEqual(['b2', 'b3']);
    await moves.finish();

    expect(told).toEqual(['b2', 'b3', 'a0', 'a1', 'a4']);
  });

  it('let others have their turn between lines', async () => {
    const { moves, a, b } = someMoves();
    const told: number[] = [];
    const oldFile: LineHold = { read: () => Promise.resolve([]), share: () => oldFile, release: () => undefined };
    moves.begin({ numbers: new Map([[a, [0, 5_000]], [b, [5_000, 5_001]]]), oldFile, move: (_record, number) => told.push(number) });

    const done = moves.finish();
    expect(told).toHaveLength(5_000);
    await done;

    expect(told).toHaveLength(5_001);
  });
});
