/** Counts what is open, in all and of each address, and lets no more in than may be. */
export interface Tally {
  /** Counts one in, unless that would be too many: `all` in all, `each` of this address. No address: only in all. */
  enter(address: string | undefined): 'all' | 'each' | undefined;
  /** One that had entered is gone. */
  leave(address: string | undefined): void;
}

export function createTally({ most, mostEach }: { most: number; mostEach: number }): Tally {
  const open = new Map<string, number>();
  let sum = 0;
  return {
    enter(address) {
      if (sum >= most) return 'all';
      if (address !== undefined) {
        const already = open.get(address) ?? 0;
        if (already >= mostEach) return 'each';
        open.set(address, already + 1);
      }
      sum++;
      return undefined;
    },
    leave(address) {
      sum--;
      if (address === undefined) return;
      const left = (open.get(address) ?? 0) - 1;
      if (left > 0) open.set(address, left);
      else open.delete(address);
    },
  };
}
