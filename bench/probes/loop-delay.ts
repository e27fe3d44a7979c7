/**
 * Loaded into the server that is measured: how late its event loop was, written when it ends. The
 * start, when nothing is answered yet, is left out.
 */
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 5;
const START_MS = 2_000;
const path = process.env['NESTER_BENCH_PROBE'];
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
setTimeout(() => delay.enable(), START_MS).unref();

/** The histogram has whole waits between two looks, of which the resolution is meant. */
const lateMs = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);

process.once('exit', () => {
  if (path === undefined || delay.count === 0) return;
  writeFileSync(path, JSON.stringify({ p99: lateMs(delay.percentile(99)), max: lateMs(delay.max), memory: process.memoryUsage() }));
});
