/** What a metric's number means, and so how it is written. */
export type MetricKind = 'percent' | 'load' | 'temperature' | 'rate' | 'duration' | 'number';

export type WellKnownMetric = keyof typeof KINDS;

const KINDS = {
  cpu: 'percent',
  memory: 'percent',
  disk: 'percent',
  swap: 'percent',
  load1: 'load',
  load5: 'load',
  load15: 'load',
  temperature: 'temperature',
  /** Bytes per second. */
  rx: 'rate',
  tx: 'rate',
  /** Seconds. */
  uptime: 'duration',
} as const satisfies Record<string, MetricKind>;

export const WELL_KNOWN_METRICS = Object.keys(KINDS) as WellKnownMetric[];

/** One of several alike has a detail after a colon: `disk:/home` is a `disk`. */
export function metricParts(name: string): { base: string; detail: string } {
  const colon = name.indexOf(':');
  return colon === -1 ? { base: name, detail: '' } : { base: name.slice(0, colon), detail: name.slice(colon + 1) };
}

export function isWellKnown(base: string): base is WellKnownMetric {
  return Object.hasOwn(KINDS, base);
}

export function metricKind(name: string): MetricKind {
  const { base } = metricParts(name);
  return isWellKnown(base) ? KINDS[base] : 'number';
}
