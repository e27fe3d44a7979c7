import * as fc from 'fast-check';
import { setTimeout as pause } from 'node:timers/promises';
import type { FuzzArea } from './area.ts';
import { FILE_AREAS } from './files.ts';
import { TEXT_AREAS } from './texts.ts';
import { WIRE_AREAS } from './wires.ts';

export const AREAS: readonly FuzzArea[] = [...TEXT_AREAS, ...FILE_AREAS, ...WIRE_AREAS];

export interface Outcome {
  name: string;
  cases: number;
  seconds: number;
  /** The longest that one case, or anything that went on beside it, kept the program. */
  slowestMs: number;
  /** Bytes of heap more than after the first cases, once all garbage was collected; where that can be done. */
  grownBytes: number | undefined;
  /** What went wrong, with what repeats it. */
  failure: string | undefined;
}

/** No single input may keep a program so long. */
export const STALL_MS = 1_000;
const GROWTH_BYTES = 48 * 1024 * 1024;

/**
 * Runs an area's share of all cases. What fails it: a case that throws, anything thrown or
 * rejected that nobody caught, a stall, and memory that does not come back.
 */
export async function fuzz(area: FuzzArea, count: number, seed: number): Promise<Outcome> {
  const escaped: string[] = [];
  const escape = (error: unknown): void => void escaped.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.on('uncaughtException', escape);
  process.on('unhandledRejection', escape);
  const { inputs, run, close } = await area.open();
  const startMs = performance.now();
  let slowestMs = 0;
  const property = fc.asyncProperty(inputs, async (input) => {
    const beganMs = performance.now();
    const running = run(input);
    if (running instanceof Promise) await running;
    slowestMs = Math.max(slowestMs, performance.now() - beganMs);
    if (escaped.length > 0) throw new Error(`nobody caught: ${escaped.splice(0).join('; ')}`);
  });
  const warm = Math.max(1, Math.floor(count / 10));
  let failure = await failureOf(property, warm, seed);
  const levelBytes = heapBytes();
  failure ??= await failureOf(property, Math.max(1, count - warm), seed + 1);
  await close?.();
  // What a case left behind may still fail.
  await pause(10);
  process.off('uncaughtException', escape);
  process.off('unhandledRejection', escape);
  const afterBytes = heapBytes();
  const grownBytes = levelBytes === undefined || afterBytes === undefined ? undefined : afterBytes - levelBytes;
  if (escaped.length > 0) failure ??= `nobody caught: ${escaped.join('; ')}`;
  if (slowestMs > STALL_MS) failure ??= `one case took ${Math.round(slowestMs)} ms (seed ${seed})`;
  if ((grownBytes ?? 0) > GROWTH_BYTES) failure ??= `the heap has ${Math.round((grownBytes ?? 0) / 1024)} KiB more than after the first cases`;
  return { name: area.name, cases: count, seconds: (performance.now() - startMs) / 1000, slowestMs, grownBytes, failure };
}

async function failureOf(property: fc.IAsyncProperty<[unknown]>, count: number, seed: number): Promise<string | undefined> {
  const result = await fc.check(property, { numRuns: count, seed, endOnFailure: false, interruptAfterTimeLimit: 30 * 60_000 });
  if (!result.failed) return undefined;
  const error = result.errorInstance instanceof Error ? (result.errorInstance.stack ?? result.errorInstance.message) : String(result.errorInstance);
  return `${error.split('\n').slice(0, 6).join('\n')}\nwith ${JSON.stringify(result.counterexample).slice(0, 2_000)}\n(seed ${seed}, path ${result.counterexamplePath ?? ''})`;
}

/** Heap in use after all garbage went; `undefined` without `--expose-gc`. */
function heapBytes(): number | undefined {
  if (typeof globalThis.gc !== 'function') return undefined;
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}
