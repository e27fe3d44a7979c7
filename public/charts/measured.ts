import type { LiveReport } from '../../protocol/node-state.ts';
import type { Point, SeriesName } from './history.ts';

/** Nester calls what was received so long after its measurement kept and backfilled. */
const LATE_MS = 60_000;

/** What a report adds to a series; `undefined` if nothing: it does not tell of it, or there was no answer. */
export function pointOf(report: LiveReport, series: SeriesName): Point | undefined {
  const value = valueOf(report, series);
  if (value === undefined || value === null) return undefined;
  const atMs = Date.parse(report.timestamp);
  return { atMs, value, isLate: report.receivedAt - atMs > Math.max(LATE_MS, 2_000 * (report.interval ?? 0)) };
}

const FIELDS = ['latency', 'loss', 'jitter', 'devices'] as const;
const TARGET_FIELDS = ['latency', 'loss', 'jitter'] as const;

function valueOf(report: LiveReport, { metric, target }: SeriesName): number | null | undefined {
  if (target !== undefined) {
    const field = TARGET_FIELDS.find((name) => name === metric);
    return field && report.targets?.find(({ name }) => name === target)?.[field];
  }
  const field = FIELDS.find((name) => name === metric);
  if (field) return report[field];
  // `metrics.loss` is the metric of this name, not the field.
  return report.metrics?.[metric.replace(/^metrics\./, '')];
}
