/**
 * The names of the series that reports make. As one text, because it is a key in maps and in
 * history.json: `latency`, `metrics.cpu`, `targets.latency.gateway`. What follows the last dot
 * that counts is the sender's and may hold anything, dots too.
 */

export const FIELDS = ['latency', 'loss', 'jitter', 'devices'] as const;
/** What is charted of a target. */
export const TARGET_FIELDS = ['latency', 'loss', 'jitter'] as const;

export type Field = (typeof FIELDS)[number];
export type TargetField = (typeof TARGET_FIELDS)[number];

/** A series as it is asked for, and as it is told. */
export interface SeriesName {
  /** A field, or the name of a metric: `metrics.<name>` where it would be taken for a field. */
  metric: string;
  target?: string;
}

const METRICS = 'metrics.';
const TARGETS = 'targets.';

export function metricKey(name: string): string {
  return METRICS + name;
}

export function targetKey(field: TargetField, target: string): string {
  return `${TARGETS}${field}.${target}`;
}

/** The key of a series asked for. Of a target there are only {@link TARGET_FIELDS}. */
export function keyOf({ metric, target }: SeriesName): string {
  if (target !== undefined) return `${TARGETS}${metric}.${target}`;
  return isField(metric) || metric.startsWith(METRICS) ? metric : metricKey(metric);
}

/** The other way round. */
export function nameOf(key: string): SeriesName {
  if (key.startsWith(METRICS)) {
    const name = key.slice(METRICS.length);
    // A metric whose name could be taken for something else keeps the prefix.
    return { metric: isField(name) || name.startsWith(METRICS) ? key : name };
  }
  if (!key.startsWith(TARGETS)) return { metric: key };
  const dot = key.indexOf('.', TARGETS.length);
  return { metric: key.slice(TARGETS.length, dot), target: key.slice(dot + 1) };
}

/** Where a key belongs in a report. */
export type KeyParts =
  | { kind: 'field'; field: Field }
  | { kind: 'metric'; name: string }
  | { kind: 'target'; field: TargetField; target: string };

export function partsOf(key: string): KeyParts | undefined {
  if (isField(key)) return { kind: 'field', field: key };
  if (key.startsWith(METRICS)) return { kind: 'metric', name: key.slice(METRICS.length) };
  const { metric, target } = nameOf(key);
  return target !== undefined && isTargetField(metric) ? { kind: 'target', field: metric, target } : undefined;
}

function isField(text: string): text is Field {
  return (FIELDS as readonly string[]).includes(text);
}

function isTargetField(text: string): text is TargetField {
  return (TARGET_FIELDS as readonly string[]).includes(text);
}
