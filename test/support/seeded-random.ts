/** Random numbers that come again with the same seed, so that a failure can be had again. */
export interface SeededRandom {
  /** From 0 up to, not including, 1. */
  fraction(): number;
  /** A whole number from 0 up to, not including, `limit`. */
  below(limit: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  /** The same things in any order. */
  shuffled<T>(things: readonly T[]): T[];
}

export function createSeededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;

  // A counter with a good mix of bits: each output is a hash of the counter.
  function fraction(): number {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 0x1_0000_0000;
  }

  function below(limit: number): number {
    return Math.floor(fraction() * limit);
  }

  return {
    fraction,
    below,
    chance: (probability) => fraction() < probability,
    shuffled(things) {
      const rest = [...things];
      const mixed: typeof rest = [];
      while (rest.length > 0) mixed.push(...rest.splice(below(rest.length), 1));
      return mixed;
    },
  };
}
