import { LIMITS } from '../../../protocol/limits.ts';
import type { HealthView } from './health.ts';

const NAME_CHARACTERS = 64;

/**
 * The `metrics` of a report: the machine's own first, then each file system, then what the
 * site's own programs measured, as far as there is room. A name is taken once; the first counts.
 */
export function metricsOf(health: HealthView, own: readonly (readonly [string, number])[]): { metrics: Record<string, number>; left: number } {
  const { memory, swap, disks, loads, temperature, counters, rates } = health;
  const fullest = disks.length === 0 ? undefined : Math.max(...disks.map(({ usedPercent }) => usedPercent));
  const all = new Map<string, number>();
  const add = (name: string, value: number | undefined): void => {
    if (value !== undefined && !all.has(name)) all.set(name, value);
  };
  add('cpu', rates.cpu);
  add('memory', memory);
  add('swap', swap);
  add('disk', fullest);
  add('load1', loads?.[0]);
  add('load5', loads?.[1]);
  add('load15', loads?.[2]);
  add('temperature', temperature);
  add('rx', rates.rx);
  add('tx', rates.tx);
  add('uptime', counters && Math.floor(counters.uptimeSeconds));
  for (const { folder, usedPercent } of disks) add(diskName(folder), usedPercent);
  for (const [name, value] of own) add(name, value);
  return { metrics: Object.fromEntries([...all].slice(0, LIMITS.metrics)), left: Math.max(0, all.size - LIMITS.metrics) };
}

/** `disk:/var/lib`, made of what a name may hold. */
function diskName(folder: string): string {
  return `disk:${folder.replace(/[^A-Za-z0-9_.:/-]/gu, '_')}`.slice(0, NAME_CHARACTERS);
}
