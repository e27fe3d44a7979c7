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
  return new RowTimeline(text);
}

/** A class, against our habit: there may be ten thousand, and functions of its own would be most of each. */
class RowTimeline implements Timeline {
  private rows = new Float64Array(FIRST_ROWS * WIDTH);
  private length = 0;
  folded: DailySums;

  constructor(text: TimelineText | undefined) {
    this.folded = text?.days ? createDailySums(text.days) : NO_SUMS;
    if (text) this.load(text);
  }

  private load({ at, since, begin, state }: TimelineText): void {
    this.length = at.length;
    this.rows = new Float64Array(Math.max(FIRST_ROWS, this.length) * WIDTH);
    for (let row = 0; row < this.length; row++) {
      const letter = state[row] ?? 'o';
      const isConnected = letter !== letter.toLowerCase();
      this.rows.set([at[row] ?? 0, since[row] ?? 0, begin[row] ?? 0, 2 * Math.max(0, LETTERS.indexOf(letter.toLowerCase())) + Number(isConnected)], row * WIDTH);
    }
  }

  private atOf(row: number): number {
    return this.rows[row * WIDTH] ?? 0;
  }

  private sinceOf(row: number): number {
    return this.rows[row * WIDTH + 1] ?? 0;
  }

  private beginOf(row: number): number {
    return this.rows[row * WIDTH + 2] ?? 0;
  }

  private codeOf(row: number): number {
    return this.rows[row * WIDTH + 3] ?? 0;
  }

  private statusOf(row: number): Status {
    return STATUSES[this.codeOf(row) >> 1] ?? 'online';
  }

  private eventOf(row: number): StatusEvent | undefined {
    if (row < 0 || row >= this.length) return undefined;
    return { atMs: this.atOf(row), status: this.statusOf(row), sinceMs: this.sinceOf(row), connected: this.codeOf(row) % 2 === 1 };
  }

  /** The last row whose number at `place` is at most `ms`; -1: there is none. */
  private lastUpTo(ms: number, place: 0 | 2): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.rows[middle * WIDTH + place] ?? 0) <= ms) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  private drop(count: number): void {
    this.rows.copyWithin(0, count * WIDTH, this.length * WIDTH);
    this.length -= count;
    // A timeline that was folded may have been long; give most of it back.
    const rows = Math.max(FIRST_ROWS, this.length);
    if (this.rows.length > 4 * WIDTH * rows) this.rows = this.rows.slice(0, 2 * WIDTH * rows);
  }

  add({ atMs, status, sinceMs, connected }: StatusEvent, watchedFromMs: number): boolean {
    const last = this.last();
    if (last?.status === status && last.sinceMs === sinceMs && last.connected === connected && atMs >= last.atMs) return false;
    while (this.length > 0 && this.atOf(this.length - 1) > atMs) this.length--;
    const earliest = Math.max(watchedFromMs, this.length > 0 ? this.beginOf(this.length - 1) : -Infinity, this.folded.endMs());
    const begin = Math.min(atMs, Math.max(sinceMs, earliest));
    if ((this.length + 1) * WIDTH > this.rows.length) {
      const grown = new Float64Array(this.rows.length * 2);
      grown.set(this.rows);
      this.rows = grown;
    }
    this.rows.set([atMs, sinceMs, begin, 2 * STATUSES.indexOf(status) + Number(connected)], this.length * WIDTH);
    this.length++;
    return true;
  }

  shownAt(ms: number): StatusEvent | undefined {
    return this.eventOf(this.lastUpTo(ms, 0));
  }

  shownAtLeap(ms: number): StatusEvent | undefined {
    let row = this.lastUpTo(ms, 0);
    while (row > 0 && this.atOf(row) === ms && this.atOf(row - 1) === ms) row--;
    return this.eventOf(row);
  }

  last(): StatusEvent | undefined {
    return this.eventOf(this.length - 1);
  }

  turnBack(ms: number): void {
    const shown = this.last();
    if (!shown || shown.atMs <= ms) return;
    this.add({ ...shown, atMs: ms, sinceMs: Math.min(shown.sinceMs, ms) }, ms);
  }

  *stretches(fromMs: number, toMs: number): Generator<Stretch> {
    let first = Math.max(0, this.lastUpTo(fromMs, 2));
    while (first > 0 && this.codeOf(first - 1) >> 1 === this.codeOf(first) >> 1) first--;
    for (let row = first; row < this.length; row++) {
      const status = this.statusOf(row);
      const begin = this.beginOf(row);
      while (row + 1 < this.length && this.statusOf(row + 1) === status) row++;
      if (begin >= toMs) return;
      const end = row + 1 < this.length ? this.beginOf(row + 1) : Infinity;
      if (end > begin && end > fromMs) yield { status, fromMs: begin, toMs: Math.min(end, toMs) };
    }
  }

  detailFromMs(): number {
    return this.length === 0 ? Infinity : this.beginOf(0);
  }

  size(): number {
    return this.length;
  }

  fold(keep: number, watched: (stretch: Stretch) => Iterable<Stretch>): void {
    const count = this.length - keep;
    if (count <= 0) return;
    if (this.folded === NO_SUMS) this.folded = createDailySums();
    const beginMs = this.beginOf(0);
    const endMs = this.beginOf(count);
    for (const stretch of this.stretches(beginMs, endMs)) for (const part of watched(stretch)) this.folded.add(part);
    this.folded.cover(beginMs, endMs);
    this.drop(count);
  }

  trim(beforeMs: number): void {
    if (this.folded !== NO_SUMS) this.folded = this.folded.after(beforeMs);
    // The one that holds then stays.
    const count = this.lastUpTo(beforeMs, 2);
    if (count > 0) this.drop(count);
  }

  toText(): TimelineText {
    const text: TimelineText = { at: [], since: [], begin: [], state: '' };
    for (let row = 0; row < this.length; row++) {
      text.at.push(this.atOf(row));
      text.since.push(this.sinceOf(row));
      text.begin.push(this.beginOf(row));
      const letter = LETTERS[this.codeOf(row) >> 1] ?? 'o';
      text.state += this.codeOf(row) % 2 === 1 ? letter.toUpperCase() : letter;
    }
    const days = this.folded.toText();
    return days ? { ...text, days } : text;
  }
}
