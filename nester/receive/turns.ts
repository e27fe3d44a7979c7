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
  let waiting: { bytes: number; task: () => void }[] = [];
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
    let done = 0;
    try {
      for (const { bytes: size, task } of waiting) {
        if (isOver()) break;
        done++;
        take(size, task);
      }
    } finally {
      // Also when a task has thrown: those behind it still have their turn.
      waiting = done === waiting.length ? [] : waiting.slice(done);
      if (done > 0) countTurn();
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
      if (waiting.length > 0 || isOver()) waiting.push({ bytes: size, task });
      else take(size, task);
    },
  };
}
