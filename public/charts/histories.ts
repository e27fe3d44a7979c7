import type { LiveReport } from '../../protocol/node-state.ts';
import { advance, fold, type History, keyOf, type SeriesName } from './history.ts';
import { pointOf } from './measured.ts';
import { isSameSpan, type Span, type Window, windowOf } from './span.ts';

/**
 * The histories that the page looks at, all of one stretch of time. Each is fetched once, and
 * kept current from the live reports; it is fetched again only when something may have been
 * missed.
 */
export interface Histories {
  /** Looks at another stretch. What was fetched of the old one is shown until the new is there: no blink. */
  look(span: Span): void;
  window(): Window;
  /** From now on this series is wanted. */
  want(series: SeriesName): void;
  /** `undefined`: not here yet. `null`: there is none, or it could not be fetched. */
  of(series: SeriesName): History | null | undefined;
  /** Another number whenever what `of` returns is to be drawn otherwise. */
  editionOf(series: SeriesName): number;
  hear(report: LiveReport): void;
  /** Time went on. Returns whether anything is to be drawn anew. */
  tick(): boolean;
  /** Something may have been missed: fetches all anew, and shows what is there until then. */
  refresh(): void;
  /** The node is gone, and all that was known of it. */
  forget(): void;
  /** Resolves when nothing is under way. */
  settled(): Promise<void>;
}

export interface HistoriesDeps {
  fetchHistory: (series: SeriesName, window: Window, points: number) => Promise<History | null>;
  /** Nester's clock. */
  now: () => number;
  /** A history is there, or is another. */
  onChange: () => void;
}

/** As many as a chart as wide as a desktop can show. */
const POINTS = 500;

interface Entry {
  series: SeriesName;
  history: History | null | undefined;
  /** It is of another stretch: to be looked at, not to be kept current. */
  isOfBefore: boolean;
  fetching: Promise<void> | undefined;
  edition: number;
}

export function createHistories({ fetchHistory, now, onChange }: HistoriesDeps): Histories {
  let span: Span = { kind: 'last', name: '24h' };
  let window: Window = windowOf(span, now());
  /** When the newest report was measured that was heard of. */
  let newestMs = -Infinity;
  const entries = new Map<string, Entry>();

  /** What is asked for: with whatever was heard already, also since the last tick, or by a clock that is ahead. */
  function askedWindow(): Window {
    return span.kind === 'last' ? { ...window, toMs: Math.max(now(), newestMs) } : window;
  }

  function fetchAnew(entry: Entry): void {
    const fetching = fetchHistory(entry.series, askedWindow(), POINTS).then((history) => {
      // Another stretch is looked at by now, or it was asked for once more.
      if (entries.get(keyOf(entry.series)) !== entry || entry.fetching !== fetching) return;
      entry.fetching = undefined;
      if (history !== null || entry.history === undefined || entry.isOfBefore) entry.history = history;
      entry.isOfBefore = false;
      if (history && span.kind === 'last') advance(history, window.fromMs, window.toMs);
      entry.edition++;
      onChange();
    });
    entry.fetching = fetching;
  }

  function want(series: SeriesName): void {
    const key = keyOf(series);
    if (entries.has(key)) return;
    const entry: Entry = { series, history: undefined, isOfBefore: false, fetching: undefined, edition: 1 };
    entries.set(key, entry);
    fetchAnew(entry);
  }

  return {
    want,
    look(next) {
      if (isSameSpan(span, next) && entries.size > 0) return;
      span = next;
      window = windowOf(span, now());
      for (const entry of entries.values()) {
        entry.isOfBefore = true;
        entry.edition++;
        fetchAnew(entry);
      }
    },
    window: () => window,
    of: (series) => entries.get(keyOf(series))?.history,
    editionOf: (series) => entries.get(keyOf(series))?.edition ?? 0,
    hear(report) {
      let changed = false;
      newestMs = Math.max(newestMs, Date.parse(report.timestamp));
      for (const entry of entries.values()) {
        const point = pointOf(report, entry.series);
        if (point === undefined) continue;
        // The answer under way may be from before this report: it is asked for once more.
        if (entry.fetching) fetchAnew(entry);
        // A series that had nothing begins.
        else if (entry.history === null) fetchAnew(entry);
        else if (entry.history) {
          if (span.kind === 'last') advance(entry.history, window.fromMs, Math.max(window.toMs, point.atMs));
          if (!fold(entry.history, point)) continue;
          entry.edition++;
          changed = true;
        }
      }
      if (changed) onChange();
    },
    tick() {
      if (span.kind !== 'last') return false;
      window = windowOf(span, now());
      let changed = false;
      for (const entry of entries.values()) {
        if (!entry.history || entry.isOfBefore || !advance(entry.history, window.fromMs, window.toMs)) continue;
        entry.edition++;
        changed = true;
      }
      return changed;
    },
    refresh() {
      window = windowOf(span, now());
      for (const entry of entries.values()) fetchAnew(entry);
    },
    forget() {
      for (const entry of entries.values()) {
        entry.fetching = undefined;
        entry.isOfBefore = false;
        entry.history = null;
        entry.edition++;
      }
      onChange();
    },
    async settled() {
      for (;;) {
        const underWay = [...entries.values()].flatMap(({ fetching }) => fetching ?? []);
        if (underWay.length === 0) return;
        await Promise.all(underWay);
      }
    },
  };
}
