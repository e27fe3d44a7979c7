/** The last hour of one series, in buckets of one length. Grows to the right as values come. */
export interface Sparkline {
  /** Averages, oldest first; `null` where nothing was measured. Read only. */
  readonly values: readonly (number | null)[];
  readonly stepMs: number;
  /** Another number whenever the values are others. */
  readonly edition: number;
}

export interface GrowingSparkline extends Sparkline {
  /** Takes in a value measured at a time by Nester's clock. One from before the first bucket is left out. */
  add(atMs: number, value: number): void;
  /** Time went on: what is older than an hour goes. */
  advance(nowMs: number): void;
}

export function createSparkline(fromMs: number, stepMs: number, known: readonly (number | null)[]): GrowingSparkline {
  const values = [...known];
  // How many values an average stands for is not told: later ones weigh as if it were one.
  const counts = values.map((value): number => (value === null ? 0 : 1));
  let firstMs = fromMs;
  let edition = 0;

  function advance(nowMs: number): void {
    let missing = Math.floor((nowMs - firstMs) / stepMs) - values.length + 1;
    if (missing <= 0) return;
    firstMs += missing * stepMs;
    edition++;
    for (missing = Math.min(missing, values.length); missing > 0; missing--) {
      values.shift();
      counts.shift();
      values.push(null);
      counts.push(0);
    }
  }

  return {
    values,
    stepMs,
    get edition() {
      return edition;
    },
    add(atMs, value) {
      advance(atMs);
      const index = Math.floor((atMs - firstMs) / stepMs);
      if (index < 0 || index >= values.length) return;
      const count = (counts[index] ?? 0) + 1;
      counts[index] = count;
      const before = values[index] ?? 0;
      values[index] = before + (value - before) / count;
      edition++;
    },
    advance,
  };
}
