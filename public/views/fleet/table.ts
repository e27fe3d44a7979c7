import type { ColumnKey } from '../../model/column-key.ts';
import { cardLines, type Fit } from '../../model/fit.ts';
import type { Item, Listed } from '../../model/listing.ts';
import type { Query } from '../../model/query.ts';
import type { Row } from '../../model/row.ts';
import { createTrack, type Track } from '../../model/track.ts';
import { element, setAttribute } from '../element.ts';
import { type CellDeps, type Column, columnOf } from './columns.ts';
import { createGroupView, type GroupView } from './group-view.ts';
import { inOrder } from './in-order.ts';
import { createRowHeights } from './row-heights.ts';
import { createRowView, type RowView } from './row-view.ts';
import { createTableHead } from './table-head.ts';

/**
 * The table. However many lines it has, only those near the window have elements; each lies where
 * it would lie among all, so the scrollbar is right. The one that has the focus keeps its element
 * wherever it is. Elements are used again for other lines as the page is scrolled.
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

/** More changes than this in one paint are not marked: where everything stands out, nothing does. */
const MARKED_ROWS = 40;
/** So far beyond the window's edges lines have elements, so that scrolling shows no gaps. */
const BEYOND_PX = 500;
const RUSHING_PX = 40;

/** So many elements at most are moved in one frame, and none within this time after the page was scrolled. */
const MOVES = 8;
const SCROLLED_MS = 150;

type View = { kind: 'node'; view: RowView } | { kind: 'group'; view: GroupView };

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
  let views = new Map<string, View>();
  let spare: RowView[] = [];
  let cursorId: string | undefined;
  /** The elements there are, top to bottom. */
  let present: readonly HTMLElement[] = [];
  let ordering: number | undefined;
  let orderedAtPx = 0;
  let topPx = 0;
  let bottomPx = 0;
  let headPx = 0;

  body.addEventListener('focusin', ({ target }) => {
    for (const [id, { view }] of views) if (target instanceof Node && view.element.contains(target)) cursorId = id;
  });

  function measure(): void {
    const { top } = body.getBoundingClientRect();
    headPx = head.element.getBoundingClientRect().bottom;
    topPx = headPx - top;
    bottomPx = innerHeight - top;
  }

  function refit({ fit }: TableScene): void {
    columns = fit.columns.map((key) => columnOf(key, cells));
    for (const { view } of views.values()) view.element.remove();
    views = new Map();
    spare = [];
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

  function viewOf(item: Item): View {
    if (item.kind === 'group') return { kind: 'group', view: createGroupView(words, onFold) };
    return { kind: 'node', view: spare.pop() ?? createRowView(columns, words) };
  }

  /** The lines near the window, and the one with the focus. */
  function near({ items }: Listed): number[] {
    if (items.length === 0) return [];
    // What rushes by needs no more than can be seen of it.
    const beyondPx = Math.abs(topPx - orderedAtPx) > BEYOND_PX ? RUSHING_PX : BEYOND_PX;
    const first = track.at(topPx - beyondPx);
    const last = track.at(bottomPx + beyondPx);
    const indexes = Array.from({ length: last - first + 1 }, (_, step) => first + step);
    const focused = body.contains(document.activeElement) ? cursor() : -1;
    if (focused !== -1 && focused < first) indexes.unshift(focused);
    if (focused > last) indexes.push(focused);
    return indexes;
  }

  function cursor(): number {
    return cursorId === undefined ? -1 : (scene?.listed.items.findIndex((item) => idOf(item) === cursorId) ?? -1);
  }

  function render(next: TableScene, isMarked: boolean): void {
    const { listed, rows, nowMs } = next;
    const wanted = near(listed).flatMap((index) => {
      const item = listed.items[index];
      return item ? [{ item, index, id: idOf(item) }] : [];
    });
    const ids = new Set(wanted.map(({ id }) => id));
    const unused = new Set<Element>();
    const free: RowView[] = [];
    for (const [id, { kind, view }] of views) {
      if (ids.has(id)) continue;
      views.delete(id);
      unused.add(view.element);
      if (kind === 'node') free.push(view);
    }
    // Taken from the end: so those higher up are used higher up, and most need not be moved.
    spare.push(...free.sort((a, b) => topOf(b) - topOf(a)));
    let news = 0;
    for (const { item, id } of wanted) {
      if (!views.has(id)) views.set(id, viewOf(item));
      const shown = views.get(id);
      const row = item.kind === 'node' ? rows.get(item.node) : undefined;
      if (shown?.kind === 'node' && row && shown.view.hasNews(row)) news++;
    }
    const elements: HTMLElement[] = [];
    for (const { item, index, id } of wanted) {
      const shown = views.get(id);
      if (!shown) continue;
      if (item.kind === 'node' && shown.kind === 'node') {
        const row = rows.get(item.node);
        if (row) shown.view.show(row, nowMs, isMarked && news <= MARKED_ROWS);
      } else if (item.kind === 'group' && shown.kind === 'group') {
        shown.view.show(item, next.query.group ?? '');
      }
      const { element: tr } = shown.view;
      setAttribute(tr, 'aria-rowindex', String(index + 2));
      setAttribute(tr, 'data-even', index % 2 === 1 ? '' : null);
      const top = `${track.top(index)}px`;
      if (tr.style.top !== top) tr.style.top = top;
      unused.delete(tr);
      elements.push(tr);
      if (tr.parentNode !== body) body.append(tr);
    }
    for (const tr of unused) tr.remove();
    present = elements;
    setInOrder();
  }

  /** Some now, some with the next frames; while the page is scrolled, when that is over. */
  function setInOrder(): void {
    clearTimeout(ordering);
    const isScrolling = topPx !== orderedAtPx;
    orderedAtPx = topPx;
    const isDone = !isScrolling && inOrder(body, present, MOVES);
    if (!isDone) ordering = window.setTimeout(onMove, isScrolling ? SCROLLED_MS : 0);
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
      render(next, true);
    },
    tick(nowMs) {
      for (const shown of views.values()) if (shown.kind === 'node') shown.view.tick(nowMs);
    },
    present: () => [...views].flatMap(([id, { kind }]) => (kind === 'node' ? [id.slice(1)] : [])),
    cursor,
    moveTo(index) {
      const item = scene?.listed.items[index];
      if (!scene || !item) return;
      cursorId = idOf(item);
      reveal(index);
      measure();
      render(scene, false);
      views.get(cursorId)?.view.element.focus({ preventScroll: true });
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

function topOf({ element: { style } }: RowView): number {
  return Number.parseFloat(style.top);
}

/** Nodes and groups may be called the same. */
function idOf(item: Item): string {
  return item.kind === 'node' ? `n${item.node}` : `g${item.value}`;
}
