/** The middle value; of two, the lower one. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[(sorted.length - 1) >> 1] ?? NaN;
}

/** Latencies of a run, ms. */
export interface Latencies {
  p50: number;
  p99: number;
  max: number;
}

/** Collects many latencies in little memory, and sorts once. */
export function createLatencyLog(expected: number) {
  let values = new Float64Array(Math.max(1024, expected));
  let count = 0;
  return {
    add(ms: number): void {
      if (count === values.length) {
        const larger = new Float64Array(values.length * 2);
        larger.set(values);
        values = larger;
      }
      values[count++] = ms;
    },
    count: () => count,
    summary(): Latencies {
      const sorted = values.subarray(0, count).sort();
      const at = (share: number): number => sorted[Math.min(count - 1, Math.ceil(share * count) - 1)] ?? NaN;
      return { p50: at(0.5), p99: at(0.99), max: at(1) };
    },
  };
}
