import type { Status } from '../../protocol/node-state.ts';
import { createDailySums, type DailySums, type DailySumsText } from './daily-sums.ts';
import { STATUSES, type Stretch } from './stretch.ts';

/** What the fleet said of a node from `atMs` on. */
export interface StatusEvent {
  /** When it was said, epoch ms. */
  atMs: number;
  status: Status;
  /** When the status began, as the fleet says it, epoch ms. */
  sinceMs: number;
  connected: boolean;
}

/**
 * The statuses of one node over time: its last events each, older ones as sums of time by day.
 *
 * Two clocks are kept apart. What was *shown* changed when the fleet said so (`atMs`). What is
 * *counted* goes by `since`, because silence is noticed later than it begins; but what was
 * counted before stays, and no stretch begins before the one before it, or while Nester was not
 * watching.
 */
export interface Timeline {
  /**
   * Goes on with an event. One that says nothing new is ignored; one that lies before others
   * (the clock was set back) takes their place. `watchedFromMs`: since when Nester watches
   * without a break.
   */
  add(event: StatusEvent, watchedFromMs: number): boolean;
  /** What was shown at a moment; `undefined`: before all that is known in detail. */
  shownAt(ms: number): StatusEvent | undefined;
  /**
   * What was shown when a leap of the clock was found out, at `ms`: of several events of that very
   * moment the first, since the others are what the leap made of it.
   */
  shownAtLeap(ms: number): StatusEvent | undefined;
  last(): StatusEvent | undefined;
  /** The clock was set back: what was noted after `ms` is undone, and what is shown now holds from there. */
  turnBack(ms: number): void;
  /** Stretches that touch [from, to), in order, without holes from the first event kept. The last is cut at `to`. */
  stretches(fromMs: number, toMs: number): Generator<Stretch>;
  /** Sums of time by day, before `detailFromMs`. */
  readonly folded: DailySums;
  /** Since when single stretches are known; `Infinity` when there is no event. */
  detailFromMs(): number;
  /** Events kept. */
  size(): number;
  /** Makes sums of all but the last events; `watched` says which parts of a stretch Nester watched. */
  fold(keep: number, watched: (stretch: Stretch) => Iterable<Stretch>): void;
  /** Lets go of what ended before. */
  trim(beforeMs: number): void;
  toText(): TimelineText;
}

/** A timeline as it is kept on disk: columns. `state`: a letter each, upper case when connected. */
export interface TimelineText {
  at: number[];
  since: number[];
  begin: number[];
  state: string;
  days?: DailySumsText;
}

const LETTERS = 'olfp';

/** Numbers of a row: `at`, `since`, when it begins to count, and the status with the connection. */
const WIDTH = 4;
const FIRST_ROWS = 4;

/** Most nodes have none: they share it. Nothing is ever added to it. */
const NO_SUMS = createDailySums();

export function createTimeline(text?: TimelineText): Timeline {
  let rows = new Float64Array(FIRST_ROWS * WIDTH);
  let length = 0;
  let folded = text?.days ? createDailySums(text.days) : NO_SUMS;
  if (text) load(text);

  function load({ at, since, begin, state }: TimelineText): void {
    length = at.length;
    rows = new Float64Array(Math.max(FIRST_ROWS, length) * WIDTH);
    for (let row = 0; row < length; row++) {
      const letter = state[row] ?? 'o';
      const isConnected = letter !== letter.toLowerCase();
      rows.set([at[row] ?? 0, since[row] ?? 0, begin[row] ?? 0, 2 * Math.max(0, LETTERS.indexOf(letter.toLowerCase())) + Number(isConnected)], row * WIDTH);
    }
  }

  const atOf = (row: number): number => rows[row * WIDTH] ?? 0;
  const sinceOf = (row: number): number => rows[row * WIDTH + 1] ?? 0;
  const beginOf = (row: number): number => rows[row * WIDTH + 2] ?? 0;
  const codeOf = (row: number): number => rows[row * WIDTH + 3] ?? 0;
  const statusOf = (row: number): Status => STATUSES[codeOf(row) >> 1] ?? 'online';

  function eventOf(row: number): StatusEvent | undefined {
    if (row < 0 || row >= length) return undefined;
    return { atMs: atOf(row), status: statusOf(row), sinceMs: sinceOf(row), connected: codeOf(row) % 2 === 1 };
  }

  /** The last row whose number at `place` is at most `ms`; -1: there is none. */
  function lastUpTo(ms: number, place: 0 | 2): number {
    let low = 0;
    let high = length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((rows[middle * WIDTH + place] ?? 0) <= ms) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  function drop(count: number): void {
    rows.copyWithin(0, count * WIDTH, length * WIDTH);
    length -= count;
    // A timeline that was folded may have been long; give most of it back.
    if (rows.length > 4 * WIDTH * Math.max(FIRST_ROWS, length)) rows = rows.slice(0, 2 * WIDTH * Math.max(FIRST_ROWS, length));
  }

  function add({ atMs, status, sinceMs, connected }: StatusEvent, watchedFromMs: number): boolean {
    const last = eventOf(length - 1);
    if (last?.status === status && last.sinceMs === sinceMs && last.connected === connected && atMs >= last.atMs) return false;
    while (length > 0 && atOf(length - 1) > atMs) length--;
    const earliest = Math.max(watchedFromMs, length > 0 ? beginOf(length - 1) : -Infinity, folded.endMs());
    const begin = Math.min(atMs, Math.max(sinceMs, earliest));
    if ((length + 1) * WIDTH > rows.length) {
      const grown = new Float64Array(rows.length * 2);
      grown.set(rows);
      rows = grown;
    }
    rows.set([atMs, sinceMs, begin, 2 * STATUSES.indexOf(status) + Number(connected)], length * WIDTH);
    length++;
    return true;
  }

  function* stretches(fromMs: number, toMs: number): Generator<Stretch> {
    let first = Math.max(0, lastUpTo(fromMs, 2));
    while (first > 0 && codeOf(first - 1) >> 1 === codeOf(first) >> 1) first--;
    for (let row = first; row < length; row++) {
      const status = statusOf(row);
      const begin = beginOf(row);
      while (row + 1 < length && statusOf(row + 1) === status) row++;
      if (begin >= toMs) return;
      const end = row + 1 < length ? beginOf(row + 1) : Infinity;
      if (end > begin && end > fromMs) yield { status, fromMs: begin, toMs: Math.min(end, toMs) };
    }
  }

  return {
    add,
    shownAt: (ms) => eventOf(lastUpTo(ms, 0)),
    shownAtLeap(ms) {
      let row = lastUpTo(ms, 0);
      while (row > 0 && atOf(row) === ms && atOf(row - 1) === ms) row--;
      return eventOf(row);
    },
    last: () => eventOf(length - 1),
    turnBack(ms) {
      const shown = eventOf(length - 1);
      if (!shown || shown.atMs <= ms) return;
      add({ ...shown, atMs: ms, sinceMs: Math.min(shown.sinceMs, ms) }, ms);
    },
    stretches,
    get folded() {
      return folded;
    },
    detailFromMs: () => (length === 0 ? Infinity : beginOf(0)),
    size: () => length,
    fold(keep, watched) {
      const count = length - keep;
      if (count <= 0) return;
      if (folded === NO_SUMS) folded = createDailySums();
      const endMs = beginOf(count);
      for (const stretch of stretches(beginOf(0), endMs)) for (const part of watched(stretch)) folded.add(part);
      folded.cover(beginOf(0), endMs);
      drop(count);
    },
    trim(beforeMs) {
      if (folded !== NO_SUMS) folded = folded.after(beforeMs);
      // The one that holds then stays.
      const count = lastUpTo(beforeMs, 2);
      if (count > 0) drop(count);
    },
    toText() {
      const text: TimelineText = { at: [], since: [], begin: [], state: '' };
      for (let row = 0; row < length; row++) {
        text.at.push(atOf(row));
        text.since.push(sinceOf(row));
        text.begin.push(beginOf(row));
        const letter = LETTERS[codeOf(row) >> 1] ?? 'o';
        text.state += codeOf(row) % 2 === 1 ? letter.toUpperCase() : letter;
      }
      const days = folded.toText();
      return days ? { ...text, days } : text;
    },
  };
}
