/** Work done in slices, so that keys and the pointer are heard between them. */
export interface Slices<Job> {
  /** What is waiting already waits once. */
  add(job: Job): void;
  /** It need not be done after all. */
  drop(job: Job): void;
  /** Resolves when nothing waits. */
  settled(): Promise<void>;
}

export interface SlicesDeps<Job> {
  run: (job: Job) => void;
  /** A slice ends with the job that is done after so long. */
  sliceMs: number;
  /** Epoch ms, or any clock that does not go back. */
  now: () => number;
  /** Calls back when others had their turn. */
  later: (callback: () => void) => void;
}

export function createSlices<Job>({ run, sliceMs, now, later }: SlicesDeps<Job>): Slices<Job> {
  const waiting = new Set<Job>();
  let isUnderWay = false;
  let settling: (() => void)[] = [];

  async function slice(): Promise<void> {
    const endMs = now() + sliceMs;
    for (const job of waiting) {
      waiting.delete(job);
      run(job);
      // What the job has put off to the end of the turn is part of it.
      await Promise.resolve();
      if (now() >= endMs) break;
    }
    isUnderWay = waiting.size > 0;
    if (isUnderWay) {
      later(turn);
      return;
    }
    const settled = settling;
    settling = [];
    for (const resolve of settled) resolve();
  }

  const turn = (): void => void slice();

  return {
    add(job) {
      waiting.add(job);
      if (isUnderWay) return;
      isUnderWay = true;
      later(turn);
    },
    drop: (job) => void waiting.delete(job),
    settled: () => (isUnderWay ? new Promise((resolve) => settling.push(resolve)) : Promise.resolve()),
  };
}
