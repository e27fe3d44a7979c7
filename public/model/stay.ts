/**
 * Which items can stay where they are when a list takes a new order, so that the fewest are
 * moved: a longest increasing run among the old positions.
 *
 * `positions[i]` is where the new list's item `i` stands now, -1 if nowhere. Returns a flag per
 * item of the new list.
 */
export function staying(positions: readonly number[]): boolean[] {
  // tails[n]: index of the item with the smallest position that ends a run of n + 1 items.
  const tails: number[] = [];
  const before = new Array<number>(positions.length).fill(-1);
  positions.forEach((position, index) => {
    if (position < 0) return;
    let low = 0;
    let high = tails.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((positions[tails[middle] ?? -1] ?? 0) < position) low = middle + 1;
      else high = middle;
    }
    if (low > 0) before[index] = tails[low - 1] ?? -1;
    tails[low] = index;
  });
  const stay = new Array<boolean>(positions.length).fill(false);
  for (let index = tails.at(-1) ?? -1; index >= 0; index = before[index] ?? -1) stay[index] = true;
  return stay;
}
