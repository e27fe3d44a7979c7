import { percentOf } from './numbers.ts';

/**
 * From /proc/meminfo: memory and swap in use, in percent. What the kernel could give away at
 * once (its caches) counts as free. A machine without swap has no such value.
 */
export function memoryOf(meminfo: string): { memory: number | undefined; swap: number | undefined } {
  const kilobytes = new Map<string, number>();
  for (const [, name = '', digits] of meminfo.matchAll(/^(\w+): +(\d+) kB$/gm)) kilobytes.set(name, Number(digits));
  const of = (name: string): number => kilobytes.get(name) ?? NaN;
  // Kernels before 3.14 do not say what is available; this is what they called so.
  const available = kilobytes.get('MemAvailable') ?? of('MemFree') + of('Buffers') + of('Cached');
  return {
    memory: percentOf(of('MemTotal') - available, of('MemTotal')),
    swap: percentOf(of('SwapTotal') - of('SwapFree'), of('SwapTotal')),
  };
}
