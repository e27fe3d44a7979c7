/**
 * Where lines of a few fixed heights lie below one another, without asking the browser: so that
 * ten thousand of them need no elements. Lengths in px.
 */
export interface Track {
  readonly total: number;
  /** The top of a line; of the one after the last: `total`. */
  top(index: number): number;
  /** The line that covers a point; the nearest one for points outside. 0 if there is none. */
  at(offset: number): number;
}

export function createTrack(heights: Iterable<number>, count: number): Track {
  const tops = new Float64Array(count + 1);
  let index = 0;
  for (const height of heights) {
    tops[index + 1] = (tops[index] ?? 0) + height;
    index++;
  }
  return {
    total: tops[count] ?? 0,
    top: (line) => tops[line] ?? 0,
    at(offset) {
      let low = 0;
      let high = count - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((tops[middle] ?? 0) <= offset) low = middle;
        else high = middle - 1;
      }
      return low;
    },
  };
}
