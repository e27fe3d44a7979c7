import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';

/**
 * On a single core nothing runs beside anything. V8 has four threads mark what is still in use
 * while the program runs; there they only take turns with the thread that answers, four to one,
 * some milliseconds each. Marked by that thread itself, between its own work, it costs as much
 * and keeps fewer waiting.
 */
export function adaptToCores(cores = availableParallelism(), setFlag = setFlagsFromString): void {
  if (cores === 1) setFlag('--no-concurrent-marking');
}
