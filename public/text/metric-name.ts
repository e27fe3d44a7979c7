import { isWellKnown, metricParts } from '../model/metric-kind.ts';
import type { Text } from './text.ts';

/** What a metric is called: `CPU`, `Disk /home`; one that is not well known by its own name. */
export function metricName(name: string, { metrics }: Text): string {
  const { base, detail } = metricParts(name);
  return isWellKnown(base) ? `${metrics[base]}${detail === '' ? '' : ` ${detail}`}` : name;
}
