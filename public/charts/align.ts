/**
 * A column by the time of another history's buckets: series of one chart share their times. Both
 * usually are the same; those that reach far back may be coarser, and then stand where they begin.
 */
export function aligned<Value>(times: readonly number[], own: readonly number[], column: readonly Value[]): (Value | undefined)[] {
  if (times.length === own.length && times[0] === own[0]) return [...column];
  const at = new Map(own.map((begin, index) => [begin, index]));
  return times.map((begin) => {
    const index = at.get(begin);
    return index === undefined ? undefined : column[index];
  });
}

/** All times of several histories, in order, each once. */
export function allTimes(columns: readonly (readonly number[])[]): number[] {
  const [first = [], ...rest] = columns;
  if (rest.every((column) => column.length === first.length && column[0] === first[0])) return [...first];
  return [...new Set(columns.flat())].sort((a, b) => a - b);
}
