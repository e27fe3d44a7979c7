/**
 * Loaded into the server that is measured. At SIGUSR2 it writes what the heap and what is outside
 * of it hold after a collection. From each to the next it measures how late the event loop is, so
 * that the collections that it makes itself are not counted, and writes that when the server ends.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const RESOLUTION_MS = 5;
const path = process.env['NESTER_BENCH_PROBE'];
const stretches: IntervalHistogram[] = [];
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** The histogram has whole waits between two looks, of which the resolution is meant. */
const lateMs = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);

process.on('SIGUSR2', () => {
  stretches.at(-1)?.disable();
  // Twice: what the first finds unused outside of the heap is given back by the next.
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  if (path !== undefined) {
    writeFileSync(`${path}.writing`, JSON.stringify({ bytes: heapUsed + external }));
    renameSync(`${path}.writing`, `${path}.held`);
  }
  const stretch = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  stretch.enable();
  stretches.push(stretch);
});

process.once('exit', () => {
  if (path === undefined) return;
  const told = stretches.filter(({ count }) => count > 0).map((stretch) => ({ p99: lateMs(stretch.percentile(99)), max: lateMs(stretch.max), looks: stretch.count }));
  writeFileSync(path, JSON.stringify(told));
});
