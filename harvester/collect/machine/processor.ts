import { readNumber } from './numbers.ts';

/** Time of all cores together since the start, in any unit: only shares of it are used. */
export interface ProcessorTime {
  busy: number;
  total: number;
}

/**
 * From the first line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal. What
 * follows, time of guests, is in `user` already. Waiting for a disk is no work, so `iowait` is idle.
 */
export function processorTimeOf(stat: string): ProcessorTime | undefined {
  const line = /^cpu +(.+)$/m.exec(stat)?.[1];
  const times = line?.split(/ +/).slice(0, 8).map(readNumber) ?? [];
  // Old kernels end the line earlier; without `idle` it says nothing.
  if (times.length < 4 || times.includes(undefined)) return undefined;
  const sum = times.reduce<number>((total, time) => total + (time ?? 0), 0);
  return { busy: sum - (times[3] ?? 0) - (times[4] ?? 0), total: sum };
}

/** What `os.cpus()` says of each core. */
export interface CoreTimes {
  times: { user: number; nice: number; sys: number; idle: number; irq: number };
}

/** The same, where the system has no /proc. */
export function processorTimeOfCores(cores: readonly CoreTimes[]): ProcessorTime | undefined {
  let [busy, idle] = [0, 0];
  for (const { times } of cores) {
    busy += times.user + times.nice + times.sys + times.irq;
    idle += times.idle;
  }
  return busy + idle > 0 ? { busy, total: busy + idle } : undefined;
}
