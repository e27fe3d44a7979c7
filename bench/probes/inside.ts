/**
 * Loaded into the server that is measured. At SIGUSR2 it writes what the heap and what is outside
 * of it hold after a collection, and measures the event loop anew from then on; how late that was
 * is written when the server ends.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const RESOLUTION_MS = 5;
const path = process.env['NESTER_BENCH_PROBE'];
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** The histogram has whole waits between two looks, of which the resolution is meant. */
const lateMs = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);

process.on('SIGUSR2', () => {
  delay.disable();
  // Twice: what the first finds unused outside of the heap is given back by the next.
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  if (path !== undefined) {
    writeFileSync(`${path}.writing`, JSON.stringify({ bytes: heapUsed + external }));
    renameSync(`${path}.writing`, `${path}.held`);
  }
  delay.reset();
  delay.enable();
});

process.once('exit', () => {
  if (path === undefined || delay.count === 0) return;
  writeFileSync(path, JSON.stringify({ p99: lateMs(delay.percentile(99)), max: lateMs(delay.max) }));
});
