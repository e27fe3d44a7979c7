/**
 * Work that may come in a flood, a slice in each turn of the event loop. A thousand sockets can
 * be readable at once, and Node hands on what all of them sent in a single turn: a third of a
 * second in which no timer runs, no page is told, and nothing goes to the disk.
 */
export interface Turns {
  /** Does it now if this turn has room for it, else in one of the next; always in the order it came. */
  run(bytes: number, task: () => void): void;
}

/** Of one turn: some milliseconds of reports as they mostly are, and of large ones. */
const SLICE = { tasks: 128, bytes: 256 * 1024 };

/** `later` runs something in the next turn, after everyone else had theirs. */
export function createTurns(later: (run: () => void) => void = setImmediate, slice = SLICE): Turns {
  let waiting: ({ bytes: number; task: () => void } | undefined)[] = [];
  /** Those before it are done, and let go of: cutting them off in each turn would copy all that wait. */
  let first = 0;
  let tasks = 0;
  let bytes = 0;
  let isTurnCounted = false;

  function take(size: number, task: () => void): void {
    tasks++;
    bytes += size;
    task();
  }

  const isOver = (): boolean => tasks >= slice.tasks || bytes >= slice.bytes;

  function nextTurn(): void {
    tasks = 0;
    bytes = 0;
    isTurnCounted = false;
    const from = first;
    try {
      for (let next = waiting[first]; next !== undefined && !isOver(); next = waiting[first]) {
        waiting[first++] = undefined;
        take(next.bytes, next.task);
      }
    } finally {
      // Also when a task has thrown: those behind it still have their turn.
      if (first > from) countTurn();
      if (first * 2 > waiting.length) {
        waiting = waiting.slice(first);
        first = 0;
      }
    }
  }

  function countTurn(): void {
    if (isTurnCounted) return;
    isTurnCounted = true;
    later(nextTurn);
  }

  return {
    run(size, task) {
      countTurn();
      if (waiting.length > first || isOver()) waiting.push({ bytes: size, task });
      else take(size, task);
    },
  };
}
