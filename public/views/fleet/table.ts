import type { ColumnKey } from '../../model/column-key.ts';
import { cardLines, type Fit } from '../../model/fit.ts';
import type { Item, Listed } from '../../model/listing.ts';
import type { Query } from '../../model/query.ts';
import type { Row } from '../../model/row.ts';
import { createTrack, type Track } from '../../model/track.ts';
import { element, setAttribute } from '../element.ts';
import { type CellDeps, type Column, columnOf } from './columns.ts';
import { createLines, idOf, type Line } from './lines.ts';
import { createPace, HALT_MS, REST_MS } from './pace.ts';
import { createRowHeights } from './row-heights.ts';
import { createTableHead } from './table-head.ts';

/**
 * The table. However many lines it has, only those near the window have elements; each lies where
 * it would lie among all, so the scrollbar is right. The one that has the focus keeps its element
 * wherever it is. Lines that rush by are sketched, and filled in when the page comes to a halt.
 */
export interface Table {
  readonly element: HTMLElement;
  /** Looks where the window stands. To be called before anything is written. */
  measure(): void;
  show(view: TableScene): void;
  /** Time went on: relative times do too. */
  tick(nowMs: number): void;
  /** Nodes that have elements now. */
  present(): string[];
  /** The line that has the focus, or had it last; -1: none, or gone. */
  cursor(): number;
  /** Scrolls a line into the window and gives it the focus. */
  moveTo(index: number): void;
  /** Scrolls the first line into the window, if it is above it. */
  toTop(): void;
  /** The first line that is wholly in the window. */
  firstSeen(): number;
  /** How many whole lines the window holds. */
  page(): number;
}

export interface TableScene {
  listed: Listed;
  rows: ReadonlyMap<string, Row>;
  query: Query;
  fit: Fit;
  nowMs: number;
}

export interface TableDeps {
  cells: CellDeps;
  onSort: (key: ColumnKey) => void;
  onFold: (group: string) => void;
  /** Lines are to be shown that have no elements yet. */
  onMove: () => void;
}

/** So far beyond the window's edges lines have elements, so that scrolling shows no gaps. */
const BEYOND_PX = 500;
/** While the page rushes: as far as it will come until the next frames, and hardly more behind. */
const AHEAD_STEPS = 2;
const BEHIND_PX = 40;

export function createTable({ cells, onSort, onFold, onMove }: TableDeps): Table {
  const { words } = cells;
  const head = createTableHead(onSort);
  const body = element('tbody');
  body.setAttribute('role', 'rowgroup');
  const caption = element('caption', 'unseen', words.text.tableOf);
  const heights = createRowHeights(onMove);
  const table = element('table', 'nodes', caption, head.element, body);
  table.setAttribute('role', 'table');
  const whole = element('div', 'table', ...heights.elements, table);

  let scene: TableScene | undefined;
  let columns: readonly Column[] = [];
  let track: Track = createTrack([], 0);
  /** Height the track was made for. */
  let lineHeight = 0;
  const lines = createLines(body, words, onFold);
  const pace = createPace();
  let cursorId: string | undefined;
  let going: number | undefined;
  let topPx = 0;
  let bottomPx = 0;
  let headPx = 0;

  body.addEventListener('focusin', ({ target }) => {
    if (target instanceof Node) cursorId = lines.idAt(target) ?? cursorId;
  });

  function measure(): void {
    const { top } = body.getBoundingClientRect();
    headPx = head.element.getBoundingClientRect().bottom;
    topPx = headPx - top;
    bottomPx = innerHeight - top;
    pace.at(topPx, performance.now());
  }

  function refit({ fit }: TableScene): void {
    columns = fit.columns.map((key) => columnOf(key, cells));
    lines.reset(columns);
    setAttribute(whole, 'data-shape', fit.shape);
    whole.style.setProperty('--columns', columns.map(({ track: width }) => width).join(' '));
    whole.style.setProperty('--per-line', String(fit.perLine));
    whole.style.setProperty('--card-lines', String(cardLines(fit)));
    setAttribute(table, 'aria-colcount', String(columns.length));
  }

  function lay({ listed: { items } }: TableScene): void {
    lineHeight = heights.of('node');
    track = createTrack(heightsOf(items), items.length);
    body.style.height = `${track.total}px`;
    setAttribute(table, 'aria-rowcount', String(items.length + 1));
  }

  function* heightsOf(items: readonly Item[]): Generator<number> {
    const group = heights.of('group');
    for (const { kind } of items) yield kind === 'node' ? lineHeight : group;
  }

  /** The lines near the window, and the one with the focus. */
  function near({ items }: Listed, isRushing: boolean): Line[] {
    if (items.length === 0) return [];
    const aheadPx = Math.min(BEYOND_PX, Math.abs(pace.stepPx()) * AHEAD_STEPS);
    const [abovePx, belowPx] = !isRushing ? [BEYOND_PX, BEYOND_PX] : pace.stepPx() > 0 ? [BEHIND_PX, aheadPx] : [aheadPx, BEHIND_PX];
    const first = track.at(topPx - abovePx);
    const last = track.at(bottomPx + belowPx);
    const indexes = Array.from({ length: last - first + 1 }, (_, step) => first + step);
    const focused = body.contains(document.activeElement) ? cursor() : -1;
    if (focused !== -1 && focused < first) indexes.unshift(focused);
    if (focused > last) indexes.push(focused);
    return indexes.flatMap((index) => {
      const item = items[index];
      const lineTopPx = track.top(index);
      return item ? [{ item, index, topPx: lineTopPx, isSeen: lineTopPx < bottomPx && track.top(index + 1) > topPx }] : [];
    });
  }

  function cursor(): number {
    return cursorId === undefined ? -1 : (scene?.listed.items.findIndex((item) => idOf(item) === cursorId) ?? -1);
  }

  function render(next: TableScene, { isMarked, isRelaid }: { isMarked: boolean; isRelaid: boolean }): void {
    const isRushing = pace.isRushing(performance.now());
    // Where lines lie elsewhere now, an element that is not needed would lie among them.
    lines.show(near(next.listed, isRushing), next, { isMarked, isRushing, isKeeping: isRushing && !isRelaid, wholeId: cursorId });
    goOn(isRushing);
  }

  /** What waits for the page to halt, or to rest; and what is done some at a time. */
  function goOn(isRushing: boolean): void {
    clearTimeout(going);
    if (isRushing) going = window.setTimeout(onMove, HALT_MS);
    else if (lines.hasSketches()) going = window.setTimeout(onMove, 0);
    else if (pace.isMoving(performance.now())) going = window.setTimeout(onMove, REST_MS);
    else if (!lines.order()) going = window.setTimeout(onMove, 0);
  }

  function reveal(index: number): void {
    const top = track.top(index);
    const bottom = track.top(index + 1);
    if (top < topPx) scrollBy(0, top - topPx - (index === 0 ? headPx : 0));
    else if (bottom > bottomPx) scrollBy(0, bottom - bottomPx + GAP_PX);
  }

  return {
    element: whole,
    measure,
    show(next) {
      const isRefitted = next.fit !== scene?.fit;
      if (isRefitted) refit(next);
      head.show(columns, next.query);
      const isRelaid = isRefitted || next.listed !== scene?.listed || heights.of('node') !== lineHeight;
      scene = next;
      if (isRelaid) lay(next);
      render(next, { isMarked: true, isRelaid });
    },
    tick: (nowMs) => lines.tick(nowMs),
    present: () => lines.nodes(),
    cursor,
    moveTo(index) {
      const item = scene?.listed.items[index];
      if (!scene || !item) return;
      cursorId = idOf(item);
      reveal(index);
      measure();
      render(scene, { isMarked: false, isRelaid: false });
      lines.element(cursorId)?.focus({ preventScroll: true });
    },
    toTop() {
      measure();
      if (topPx > 0) scrollBy(0, -topPx);
    },
    firstSeen() {
      const at = track.at(topPx);
      return track.top(at) < topPx ? at + 1 : at;
    },
    page: () => Math.max(1, Math.floor((bottomPx - topPx) / Math.max(1, lineHeight)) - 1),
  };
}

const GAP_PX = 12;
