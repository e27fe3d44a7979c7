import { STATUSES, type Stretch } from './stretch.ts';

/**
 * Time spent in each status by day (UTC): what is left of stretches too many to be kept one by
 * one. The last day may be a part of one, up to `endMs`; the first one counts from `startMs`.
 */
export interface DailySums {
  /** Counts a stretch. It may span days. */
  add(stretch: Stretch): void;
  /** Says that everything in between is counted; what was not added there is unknown. */
  cover(fromMs: number, toMs: number): void;
  /** From when to when sums are known, epoch ms; `-Infinity` and `-Infinity` when none are. */
  startMs(): number;
  endMs(): number;
  /**
   * Time in each status (in the order of `STATUSES`) within [from, to), as far as it is known
   * here. Of a day that is asked for in part, every part had its share.
   */
  within(fromMs: number, toMs: number): number[];
  /** Without the days before. */
  after(ms: number): DailySums;
  toText(): DailySumsText | undefined;
}

/** `sums`: ms online, late, offline, paused of the first day, then of the next... */
export interface DailySumsText {
  start: number;
  end: number;
  sums: number[];
}

export const DAY_MS = 86_400_000;
const KINDS = STATUSES.length;

export function createDailySums(text?: DailySumsText): DailySums {
  let startMs = text?.start ?? -Infinity;
  let endMs = text?.end ?? -Infinity;
  /** A day has at most 86,400,000 ms: 32 bits hold it. */
  let sums: Uint32Array = Uint32Array.from(text?.sums ?? []);

  const dayOf = (ms: number): number => Math.floor(ms / DAY_MS);

  function ensure(days: number): void {
    if (sums.length >= days * KINDS) return;
    const grown = new Uint32Array(Math.ceil(days * 1.25) * KINDS);
    grown.set(sums);
    sums = grown;
  }

  return {
    add({ status, fromMs, toMs }) {
      if (startMs === -Infinity) {
        startMs = fromMs;
        endMs = fromMs;
      }
      const kind = STATUSES.indexOf(status);
      for (let at = fromMs; at < toMs; ) {
        const end = Math.min(toMs, (dayOf(at) + 1) * DAY_MS);
        const day = dayOf(at) - dayOf(startMs);
        ensure(day + 1);
        sums[day * KINDS + kind] = (sums[day * KINDS + kind] ?? 0) + (end - at);
        at = end;
      }
    },
    cover(fromMs, toMs) {
      if (startMs === -Infinity) startMs = fromMs;
      endMs = Math.max(endMs, toMs);
    },
    startMs: () => startMs,
    endMs: () => endMs,
    within(fromMs, toMs) {
      const found: number[] = new Array<number>(KINDS).fill(0);
      const from = Math.max(fromMs, startMs);
      const to = Math.min(toMs, endMs);
      for (let at = from; at < to; ) {
        const day = dayOf(at);
        const dayFrom = Math.max(day * DAY_MS, startMs);
        const dayTo = Math.min((day + 1) * DAY_MS, endMs);
        const end = Math.min(to, dayTo);
        const share = (end - at) / (dayTo - dayFrom);
        for (let kind = 0; kind < KINDS; kind++) {
          found[kind] = (found[kind] ?? 0) + share * (sums[(day - dayOf(startMs)) * KINDS + kind] ?? 0);
        }
        at = end;
      }
      return found;
    },
    after(ms) {
      if (startMs === -Infinity || dayOf(ms) <= dayOf(startMs)) return createDailySums(toText());
      if (ms >= endMs) return createDailySums();
      const start = dayOf(ms) * DAY_MS;
      const rest = [...sums.subarray((dayOf(start) - dayOf(startMs)) * KINDS)];
      return createDailySums({ start, end: endMs, sums: rest });
    },
    toText,
  };

  function toText(): DailySumsText | undefined {
    if (startMs === -Infinity) return undefined;
    return { start: startMs, end: endMs, sums: [...sums.subarray(0, (dayOf(endMs - 1) - dayOf(startMs) + 1) * KINDS)] };
  }
}
