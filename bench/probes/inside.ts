/**
 * Loaded into the server that is measured. At SIGUSR2 it writes what the heap and what is outside
 * of it hold after a collection. From the first on it measures how late the event loop is, but
 * for these collections, and writes that when the server ends.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { createHistogram, monitorEventLoopDelay, type RecordableHistogram } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const RESOLUTION_MS = 5;
const path = process.env['NESTER_BENCH_PROBE'];
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
/** Of all the time before the last SIGUSR2: each makes `delay` begin anew. */
const earlier = createHistogram();
let isStarted = false;
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Its types want what can be recorded into; any histogram will do. */
const addTo = (sum: RecordableHistogram, part: unknown): void => sum.add(part as RecordableHistogram);

/** The histogram has whole waits between two looks, of which the resolution is meant. */
const lateMs = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);

process.on('SIGUSR2', () => {
  if (isStarted && delay.count > 0) addTo(earlier, delay);
  isStarted = true;
  delay.disable();
  // Twice: what the first finds unused outside of the heap is given back by the next.
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  if (path !== undefined) {
    writeFileSync(`${path}.writing`, JSON.stringify({ bytes: heapUsed + external }));
    renameSync(`${path}.writing`, `${path}.held`);
  }
  delay.enable();
});

process.once('exit', () => {
  if (delay.count > 0) addTo(earlier, delay);
  if (path === undefined || earlier.count === 0) return;
  writeFileSync(path, JSON.stringify({ p99: lateMs(earlier.percentile(99)), max: lateMs(earlier.max) }));
});
