import type { Period, Stretch } from './stretch.ts';

/**
 * When Nester watched, and when it did not: it was not running, or the clock leapt ahead while
 * its machine slept. Nobody's status is known then.
 */
export interface Watch {
  /** Nester started; it is known to have been alive before, up to `aliveMs`, or nothing is known of before. */
  start(atMs: number, aliveMs: number | undefined): void;
  /** The clock was found to have moved by so much more than time did; back, when negative. */
  leap(atMs: number, leapMs: number): void;
  /** Since when it watches without a break. */
  fromMs(): number;
  /** The parts of a stretch, in order: those not watched are `unknown`. */
  split(stretch: Stretch): Generator<Period>;
  /**
   * From when the interval of a node counted at `untilMs`, whose newest report was received at
   * `receivedAtMs`: a start, or a leap, gave it a new one, unless it was silent before the leap.
   */
  baseMs(receivedAtMs: number, untilMs: number, wasSilentAt: (ms: number) => boolean): number;
  /** Lets go of what ended before. */
  trim(beforeMs: number): void;
  toText(): WatchText;
}

/** As it is kept on disk. */
export interface WatchText {
  /** From and to, epoch ms, of each time not watched. */
  unwatched: [number, number][];
  /** When the watch began anew, and by how much the clock had leapt; 0: a start. */
  marks: [number, number][];
}

/** A Nester that is started again and again, for ever, must not fill the memory: old gaps are joined, old marks let go of. */
const MOST = 20_000;

export function createWatch(text: WatchText = { unwatched: [], marks: [] }): Watch {
  let unwatched = text.unwatched.slice();
  let marks = text.marks.slice();

  function miss(fromMs: number, toMs: number): void {
    if (toMs <= fromMs) return;
    const last = unwatched.at(-1);
    if (last && last[1] >= fromMs) last[1] = Math.max(last[1], toMs);
    else unwatched.push([fromMs, toMs]);
    if (unwatched.length > MOST) unwatched = [...pairsJoined(unwatched.slice(0, MOST / 2)), ...unwatched.slice(MOST / 2)];
  }

  function mark(atMs: number, leapMs: number): void {
    marks.push([atMs, leapMs]);
    if (marks.length > MOST) marks = marks.slice(-MOST / 2);
  }

  /** Nothing lies behind the present, also when the clock was set back. */
  function turnBack(ms: number): void {
    unwatched = unwatched.flatMap(([from, to]): [number, number][] => (from >= ms ? [] : [[from, Math.min(to, ms)]]));
    marks = marks.filter(([at]) => at <= ms);
  }

  return {
    start(atMs, aliveMs) {
      turnBack(atMs);
      if (aliveMs !== undefined) miss(aliveMs, atMs);
      mark(atMs, 0);
    },
    leap(atMs, leapMs) {
      turnBack(atMs);
      if (leapMs > 0) miss(atMs - leapMs, atMs);
      mark(atMs, leapMs);
    },
    fromMs: () => marks.at(-1)?.[0] ?? -Infinity,
    *split({ status, fromMs, toMs }) {
      let at = fromMs;
      for (let n = firstWhere(unwatched, ([, to]) => to > fromMs); at < toMs; n++) {
        const [from, to] = unwatched[n] ?? [Infinity, Infinity];
        if (from > at) yield { status, fromMs: at, toMs: Math.min(from, toMs) };
        if (from < toMs) yield { status: 'unknown', fromMs: Math.max(from, at), toMs: Math.min(to, toMs) };
        at = to;
      }
    },
    baseMs(receivedAtMs, untilMs, wasSilentAt) {
      let base = receivedAtMs;
      for (let n = firstWhere(marks, ([at]) => at >= receivedAtMs); n < marks.length; n++) {
        const [at, leapMs] = marks[n] ?? [Infinity, 0];
        if (at > untilMs) break;
        base = leapMs !== 0 && wasSilentAt(at) ? base + leapMs : at;
      }
      return base;
    },
    trim(beforeMs) {
      unwatched = unwatched.filter(([, to]) => to > beforeMs);
      const last = marks.at(-1);
      marks = marks.filter((mark) => mark === last || mark[0] > beforeMs);
    },
    toText: () => ({ unwatched, marks }),
  };
}

/** The first item, of some in order, from which on `test` holds. */
function firstWhere<Item>(items: readonly Item[], test: (item: Item) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = items[middle];
    if (item !== undefined && test(item)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function pairsJoined(spans: readonly [number, number][]): [number, number][] {
  const joined: [number, number][] = [];
  for (let n = 0; n < spans.length; n += 2) {
    const first = spans[n];
    if (first) joined.push([first[0], (spans[n + 1] ?? first)[1]]);
  }
  return joined;
}
