/** Runs tasks one after the other, in the order they came. A task's failure is its caller's alone. */
export function createSerial(): <T>(task: () => Promise<T>) => Promise<T> {
  let tail: Promise<unknown> = Promise.resolve();
  return function serial<T>(task: () => Promise<T>): Promise<T> {
    const done = tail.then(task, task);
    tail = done.catch(() => undefined);
    return done;
  };
}
