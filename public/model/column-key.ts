/** What a column shows and rows can be ordered by: a field of the row, or a metric by its name. */
export type ColumnKey = Field | `metrics.${string}`;

export type Field = (typeof FIELDS)[number];

/** In the order in which the columns stand. */
export const FIELDS = ['status', 'node', 'ip', 'devices', 'latency', 'loss', 'jitter', 'agent', 'updated'] as const;

/** What is shown where nobody chose otherwise and there is room: see `fit`. */
export const DEFAULT_COLUMNS: readonly ColumnKey[] = [
  'status',
  'node',
  'ip',
  'devices',
  'latency',
  'loss',
  'metrics.cpu',
  'metrics.memory',
  'metrics.disk',
  'agent',
  'updated',
];

const METRIC_PREFIX = 'metrics.';
const METRIC_NAME = /^[A-Za-z_][A-Za-z0-9_.:/-]{0,63}$/;

export function metricKey(name: string): ColumnKey {
  return `${METRIC_PREFIX}${name}`;
}

/** The metric a key stands for; `undefined` for a field. */
export function metricOf(key: ColumnKey): string | undefined {
  return key.startsWith(METRIC_PREFIX) ? key.slice(METRIC_PREFIX.length) : undefined;
}

/**
 * A key as an address writes it, as in the API: a metric by its bare name, but for one that
 * would be taken for something else.
 */
export function columnAddress(key: ColumnKey): string {
  const metric = metricOf(key);
  return metric === undefined || isField(metric) || metric.startsWith(METRIC_PREFIX) ? key : metric;
}

/** Reads what {@link columnAddress} wrote; `undefined` for what can be no column. */
export function columnKeyOf(address: string): ColumnKey | undefined {
  if (isField(address)) return address;
  const metric = address.startsWith(METRIC_PREFIX) ? address.slice(METRIC_PREFIX.length) : address;
  return METRIC_NAME.test(metric) ? metricKey(metric) : undefined;
}

function isField(text: string): text is Field {
  return (FIELDS as readonly string[]).includes(text);
}
