/**
 * Loaded into the server that is measured. At SIGUSR2 it writes what the heap and what is outside
 * of it hold after a collection. From the first on it measures how late the event loop is, later
 * collections and all, and writes that when the server ends.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const RESOLUTION_MS = 5;
const path = process.env['NESTER_BENCH_PROBE'];
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
let isStarted = false;
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** The histogram has whole waits between two looks, of which the resolution is meant. */
const lateMs = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);

process.on('SIGUSR2', () => {
  // Twice: what the first finds unused outside of the heap is given back by the next.
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  if (path !== undefined) {
    writeFileSync(`${path}.writing`, JSON.stringify({ bytes: heapUsed + external }));
    renameSync(`${path}.writing`, `${path}.held`);
  }
  if (!isStarted) delay.enable();
  isStarted = true;
});

process.once('exit', () => {
  if (path === undefined || delay.count === 0) return;
  writeFileSync(path, JSON.stringify({ p99: lateMs(delay.percentile(99)), max: lateMs(delay.max) }));
});
