/** Runs `ring` once after the delay. Returns what cancels it. */
export type Alarm = (delayMs: number, ring: () => void) => () => void;

/** Calls back every so many ms, without keeping the process alive. Returns what cancels it. */
export function timerBeat(ms: number, task: () => void): () => void {
  const timer = setInterval(task, ms);
  timer.unref();
  return () => clearInterval(timer);
}

/** The longest delay that a timer keeps; a longer one would ring at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** The process's timer. A delay too long for it rings early: whoever is woken looks at the clock. */
export const timerAlarm: Alarm = (delayMs, ring) => {
  const timer = setTimeout(ring, Math.min(delayMs, LONGEST_MS));
  return () => clearTimeout(timer);
};
