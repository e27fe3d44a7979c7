import type { ChartName } from '../text/site/site-text.ts';
import type { ChartSpec } from './chart-data.ts';
import type { SeriesName } from './history.ts';
import type { Unit } from './units.ts';

/** The words of the list. */
export interface ChartListText {
  names: Record<ChartName, string>;
  mainTarget: string;
  received: string;
  sent: string;
}

/** The charts of a node: what it reports decides which there are. `own` ones show metrics that only its people know. */
export interface ChartList {
  known: ChartSpec[];
  own: ChartSpec[];
}

/** The charts for the series that a node has. What is known is always at its place, whatever else there is. */
export function chartListOf(series: readonly SeriesName[], { names, mainTarget, received, sent }: ChartListText): ChartList {
  const metrics = series.filter(({ target }) => target === undefined).map(({ metric }) => metric);
  const left = new Set(metrics);
  const known: ChartSpec[] = [];

  /** A chart of those of the metrics that there are. */
  function chart(
    id: string,
    name: string,
    unit: Unit,
    scale: ChartSpec['scale'],
    lines: readonly { series: SeriesName; label: string }[],
    size: ChartSpec['size'] = 'small',
  ): ChartSpec | undefined {
    if (lines.length === 0) return undefined;
    for (const line of lines) if (line.series.target === undefined) left.delete(line.series.metric);
    const spec: ChartSpec = { id, name, unit, scale, lines, size };
    known.push(spec);
    return spec;
  }

  const has = (labels: Record<string, string>): { series: SeriesName; label: string }[] =>
    Object.entries(labels).flatMap(([metric, label]) => (metrics.includes(metric) ? [{ series: { metric }, label }] : []));
  const byTarget = (metric: string): { series: SeriesName; label: string }[] => {
    const targets = series.flatMap((one) => (one.metric === metric && one.target !== undefined ? [{ series: one, label: one.target }] : []));
    const main = has({ [metric]: mainTarget });
    return targets.length === 0 ? [] : [...main, ...targets];
  };
  const startingWith = (prefix: string): { series: SeriesName; label: string }[] =>
    metrics
      .filter((metric) => metric === prefix || metric.startsWith(`${prefix}:`))
      .map((metric) => ({ series: { metric }, label: metric === prefix ? '/' : metric.slice(prefix.length + 1) }));

  const latency = chart('latency', names.latency, 'milliseconds', 'fromZero', has({ latency: names.latency }), 'large');
  if (latency && metrics.includes('loss')) latency.loss = { metric: 'loss' };
  chart('loss', names.loss, 'percent', 'loss', has({ loss: names.loss }), 'medium');
  chart('jitter', names.jitter, 'milliseconds', 'fromZero', has({ jitter: names.jitter }), 'medium');
  chart('targets', names.targets, 'milliseconds', 'fromZero', byTarget('latency'), 'medium');
  chart('targets-loss', names.targetsLoss, 'percent', 'loss', byTarget('loss'), 'medium');
  chart('devices', names.devices, 'plain', 'fromZero', has({ devices: names.devices }));
  chart('cpu', names.cpu, 'percent', 'percent', has({ cpu: names.cpu }));
  chart('memory', names.memory, 'percent', 'percent', has({ memory: 'RAM', swap: 'swap' }));
  chart('disk', names.disk, 'percent', 'percent', startingWith('disk'));
  chart('load', names.load, 'plain', 'fromZero', has({ load1: '1 min', load5: '5 min', load15: '15 min' }));
  chart('temperature', names.temperature, 'celsius', 'free', startingWith('temperature'));
  chart('traffic', names.traffic, 'bytesPerSecond', 'fromZero', has({ rx: received, tx: sent }));
  // How long it runs is among the facts; as a line it says nothing but when it was started.
  left.delete('uptime');
  for (const field of ['latency', 'loss', 'jitter', 'devices']) left.delete(field);

  const own = [...left]
    .sort((a, b) => a.localeCompare(b, undefined, { numeric: true }))
    .map((metric): ChartSpec => {
      const name = metric.replace(/^metrics\./, '');
      return { id: `metric-${metric}`, name, unit: 'plain', scale: 'free', lines: [{ series: { metric }, label: name }], size: 'small' };
    });
  return { known, own };
}
