import type { History } from './history.ts';

/** A value to draw; `null`: there is a gap here; `undefined`: nothing was due here, the line goes on. */
export type Drawn = number | null | undefined;

/**
 * How far apart two values may be and still belong together, ms. From the interval at which the
 * node reports now, or from the distance that is usual in this history, whichever is longer: a
 * value that comes with every tenth report has no gaps between.
 */
export function patienceOf(history: History, intervalMs: number): number {
  const distances: number[] = [];
  let before: number | undefined;
  for (const [at, begin] of history.t.entries()) {
    if (history.count[at] === 0) continue;
    if (before !== undefined) distances.push(begin - before);
    before = begin;
  }
  distances.sort((a, b) => a - b);
  const usual = distances[Math.floor(distances.length / 2)] ?? 0;
  // As Nester itself judges what is late; and buckets say when only to within their length.
  return Math.max(1.25 * intervalMs + 5_000, 1.5 * usual) + history.step;
}

/** A column as it is to be drawn: where nothing was due between two values, no gap is shown. */
export function bridged({ t }: History, column: readonly (number | null)[], patienceMs: number): Drawn[] {
  const drawn: Drawn[] = [...column];
  let before = -1;
  for (let at = 0; at < column.length; at++) {
    if ((column[at] ?? null) === null) continue;
    const isNear = before >= 0 && (t[at] ?? 0) - (t[before] ?? 0) <= patienceMs;
    if (isNear) drawn.fill(undefined, before + 1, at);
    before = at;
  }
  return drawn;
}

/** How many times the line breaks between its first and its last value. */
export function gapsIn(drawn: readonly Drawn[]): number {
  let gaps = 0;
  let isOpen = false;
  let hasValue = false;
  for (const value of drawn) {
    if (value === undefined) continue;
    if (value === null) {
      isOpen = hasValue;
      continue;
    }
    if (isOpen) gaps++;
    isOpen = false;
    hasValue = true;
  }
  return gaps;
}

/** Where a value stands alone: a line has no length there, and would not be seen. */
export function lonelyIn(drawn: readonly Drawn[]): number[] {
  const lonely: number[] = [];
  let runBegin = -1;
  let runValues = 0;
  for (let at = 0; at <= drawn.length; at++) {
    const value = drawn[at];
    if (typeof value === 'number') {
      runBegin = runValues === 0 ? at : runBegin;
      runValues++;
    } else if (value === null || at === drawn.length) {
      if (runValues === 1) lonely.push(runBegin);
      runValues = 0;
    }
  }
  return lonely;
}

/** Stretches of buckets in which something came late, epoch ms from and to. Near ones are one. */
export function lateStretches({ t, late, count, step }: History, patienceMs: number): { fromMs: number; toMs: number }[] {
  const stretches: { fromMs: number; toMs: number }[] = [];
  let isOpen = false;
  for (const [at, begin] of t.entries()) {
    if (count[at] === 0) continue;
    const last = stretches.at(-1);
    if ((late[at] ?? 0) === 0) isOpen = false;
    else if (isOpen && last && begin - last.toMs <= patienceMs) last.toMs = begin + step;
    else {
      stretches.push({ fromMs: begin, toMs: begin + step });
      isOpen = true;
    }
  }
  return stretches;
}
