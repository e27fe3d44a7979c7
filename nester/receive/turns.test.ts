import { describe, expect, it } from 'vitest';
import { createTurns } from './turns.ts';

function aLoop(slice = { tasks: 3, bytes: 100 }) {
  let next: (() => void)[] = [];
  const done: string[] = [];
  const turns = createTurns((run) => void next.push(run), slice);
  return {
    done,
    turns,
    add: (name: string, bytes = 1) => turns.run(bytes, () => done.push(name)),
    /** Returns whether anything had to be done. */
    turn: (): boolean => {
      const now = next;
      next = [];
      for (const run of now) run();
      return now.length > 0;
    },
  };
}

describe('turns', () => {
  it('do at once what a turn has room for, and the rest in the next ones, in order', () => {
    const { add, done, turn } = aLoop();
    for (const name of 'abcdefgh') add(name);
    expect(done.join('')).toBe('abc');

    turn();
    expect(done.join('')).toBe('abcdef');
    add('i');
    turn();
    expect(done.join('')).toBe('abcdefghi');
  });

  it('have room again after each turn, and leave nothing behind', () => {
    const { add, done, turn } = aLoop();
    for (let round = 0; round < 5; round++) {
      for (const name of 'xyz') add(name);
      turn();
    }
    expect(done).toHaveLength(15);
    while (turn());
    add('a');
    expect(done).toHaveLength(16);
  });

  it('count bytes: what is large takes the place of many', () => {
    const { add, done, turn } = aLoop();
    add('large', 500);
    add('b');
    expect(done).toEqual(['large']);

    turn();
    expect(done).toEqual(['large', 'b']);
  });

  it('do not let one task that fails keep the others from theirs', () => {
    const { add, turns, done, turn } = aLoop({ tasks: 1, bytes: 100 });
    add('a');
    turns.run(1, () => {
      throw new Error('of this one alone');
    });
    add('b');

    expect(turn).toThrow('of this one alone');
    turn();
    expect(done).toEqual(['a', 'b']);
  });
});
