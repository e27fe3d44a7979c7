import { keyOf, type SeriesName } from '../../charts/history.ts';
import type { Row } from '../../model/row.ts';

/** Which series a node has: those that Nester keeps values of, and those that its newest report brought. */
export interface OfferedSeries {
  all(): readonly SeriesName[];
  /** Returns whether there was one that was not known. */
  add(series: readonly SeriesName[]): boolean;
  clear(): void;
}

export function createOfferedSeries(): OfferedSeries {
  const known = new Map<string, SeriesName>();
  return {
    all: () => [...known.values()],
    clear: () => known.clear(),
    add(series) {
      const before = known.size;
      for (const one of series) {
        const { metric, target } = one;
        if (!known.has(keyOf(one))) known.set(keyOf(one), target === undefined ? { metric } : { metric, target });
      }
      return known.size > before;
    },
  };
}

const FIELDS = ['latency', 'loss', 'jitter', 'devices'] as const;
const TARGET_FIELDS = ['latency', 'loss', 'jitter'] as const;

/** The series that a node's newest report has values for. */
export function seriesOfRow(row: Row): SeriesName[] {
  const own = FIELDS.filter((field) => row[field] !== null).map((metric) => ({ metric }));
  const metrics = Object.keys(row.metrics).map((name) => ({ metric: isField(name) ? `metrics.${name}` : name }));
  const targets = row.targets.flatMap((target) =>
    TARGET_FIELDS.filter((field) => (target[field] ?? null) !== null).map((metric) => ({ metric, target: target.name })),
  );
  return [...own, ...metrics, ...targets];
}

function isField(name: string): boolean {
  return FIELDS.some((field) => field === name) || name.startsWith('metrics.');
}
