import type { History } from './history.ts';

/** A history for tests: a bucket a minute from `from` on, each with one value, or none. */
export function aHistory(values: readonly (number | null)[], { from = 0, step = 60_000, late = [] as readonly number[] } = {}): History {
  return {
    from,
    to: from + values.length * step,
    step,
    t: values.map((_value, at) => from + at * step),
    min: [...values],
    avg: [...values],
    max: [...values],
    count: values.map((value) => (value === null ? 0 : 1)),
    late: values.map((_value, at) => (late.includes(at) ? 1 : 0)),
  };
}
