import type { Item } from '../../model/listing.ts';
import type { Query } from '../../model/query.ts';
import type { Row } from '../../model/row.ts';
import type { Words } from '../../text/words.ts';
import { setAttribute } from '../element.ts';
import type { Column } from './columns.ts';
import { createGroupView, type GroupView } from './group-view.ts';
import { inOrder } from './in-order.ts';
import { createRowView, type RowView } from './row-view.ts';

/** A line that is to have an element. */
export interface Line {
  item: Item;
  /** Its place among all. */
  index: number;
  topPx: number;
  /** In the window, not only near it. */
  isSeen: boolean;
}

export interface LinesScene {
  rows: ReadonlyMap<string, Row>;
  query: Query;
  nowMs: number;
}

export interface Manner {
  /** Values that are others are marked. */
  isMarked: boolean;
  /** Lines that come into view are sketched. */
  isRushing: boolean;
  /** Elements of lines that are not shown stay, in their places, for lines to come. */
  isKeeping: boolean;
  /** The line that is shown whole in any case, see {@link idOf}. */
  wholeId: string | undefined;
}

/** The elements of the lines near the window. One is used for one line after the other: making it costs more than all that is written into it. */
export interface Lines {
  /** Other columns: none of the elements is of use any more. */
  reset(columns: readonly Column[]): void;
  /** Shows these, top to bottom. */
  show(lines: readonly Line[], scene: LinesScene, manner: Manner): void;
  /** Whether some of what is shown is sketched: `show`, called with each frame, fills in some at a time. */
  hasSketches(): boolean;
  /** Brings the elements into the order of their lines, some at a time; returns whether they are. */
  order(): boolean;
  tick(nowMs: number): void;
  /** Nodes that have elements now. */
  nodes(): string[];
  element(id: string): HTMLElement | undefined;
  /** The line an element is of, or is part of. */
  idAt(target: Node): string | undefined;
}

/** More changes than this in one paint are not marked: where everything stands out, nothing does. */
const MARKED_ROWS = 40;
/** So many elements at most are moved in one frame. */
const MOVES = 8;
/** So many sketches at most are filled in with one frame. */
const FILLED = 8;

interface Placed {
  index: number;
  topPx: number;
}

type View = Placed & ({ kind: 'node'; view: RowView } | { kind: 'group'; view: GroupView });

export function createLines(body: HTMLElement, words: Words, onFold: (group: string) => void): Lines {
  let columns: readonly Column[] = [];
  let views = new Map<string, View>();
  /** Out of the document. */
  let spare: View[] = [];
  /** The elements of the lines shown, top to bottom. */
  let present: readonly HTMLElement[] = [];

  function putAway(id: string, view: View): void {
    views.delete(id);
    view.view.element.remove();
    spare.push(view);
  }

  function made(kind: Item['kind']): View {
    const place: Placed = { index: -1, topPx: NaN };
    return kind === 'group' ? { ...place, kind, view: createGroupView(words, onFold) } : { ...place, kind, view: createRowView(columns, words) };
  }

  /** Gives each line an element: its own, one that is free, or a new one. */
  function staff(lines: readonly Line[], isKeeping: boolean): View[] {
    const ids = new Set(lines.map(({ item }) => idOf(item)));
    const free = [...views].filter(([id]) => !ids.has(id));
    const middlePx = lines[lines.length >> 1]?.topPx ?? 0;
    // Taken from the end: what is furthest away is needed last.
    free.sort(([, a], [, b]) => Math.abs(a.topPx - middlePx) - Math.abs(b.topPx - middlePx));
    const staffed = lines.map(({ item }) => {
      const id = idOf(item);
      const known = views.get(id);
      if (known) return known;
      const freed = taken(free, ([, view]) => view.kind === item.kind);
      if (freed) views.delete(freed[0]);
      const view = freed?.[1] ?? taken(spare, ({ kind }) => kind === item.kind) ?? made(item.kind);
      views.set(id, view);
      return view;
    });
    if (!isKeeping) for (const [id, view] of free) putAway(id, view);
    return staffed;
  }

  function place(view: View, { index, topPx }: Line): void {
    const { element: tr } = view.view;
    if (index !== view.index) {
      setAttribute(tr, 'aria-rowindex', String(index + 2));
      setAttribute(tr, 'data-even', index % 2 === 1 ? '' : null);
      view.index = index;
    }
    if (topPx !== view.topPx) {
      tr.style.top = `${topPx}px`;
      view.topPx = topPx;
    }
    if (tr.parentNode !== body) body.append(tr);
  }

  function write(lines: readonly Line[], staffed: readonly View[], { rows, query, nowMs }: LinesScene, { isMarked, isRushing, wholeId }: Manner): void {
    const pairs = lines.flatMap((line, at) => {
      const view = staffed[at];
      return view ? [{ line, view }] : [];
    });
    let news = 0;
    for (const { line, view } of pairs) {
      const row = line.item.kind === 'node' ? rows.get(line.item.node) : undefined;
      if (row && view.kind === 'node' && view.view.hasNews(row)) news++;
    }
    const mark = isMarked && news <= MARKED_ROWS;
    let left = isRushing ? 0 : FILLED;

    function fill({ item }: Line, view: View): void {
      if (item.kind === 'group') {
        if (view.kind === 'group') view.view.show(item, query.group ?? '');
        return;
      }
      const row = rows.get(item.node);
      if (!row || view.kind !== 'node') return;
      const isWaiting = view.view.isSketch() || (isRushing && !view.view.isOf(item.node));
      if (!isWaiting || idOf(item) === wholeId || left-- > 0) view.view.show(row, nowMs, mark);
      else view.view.sketch(row);
    }
    // What is seen, first.
    for (const { line, view } of pairs) if (line.isSeen) fill(line, view);
    for (const { line, view } of pairs) if (!line.isSeen) fill(line, view);
  }

  return {
    reset(next) {
      columns = next;
      for (const { view } of views.values()) view.element.remove();
      views = new Map();
      spare = [];
      present = [];
    },
    show(lines, scene, manner) {
      const staffed = staff(lines, manner.isKeeping);
      write(lines, staffed, scene, manner);
      lines.forEach((line, at) => {
        const view = staffed[at];
        if (view) place(view, line);
      });
      present = staffed.map(({ view }) => view.element);
    },
    hasSketches: () => [...views.values()].some((view) => view.kind === 'node' && view.view.isSketch()),
    order: () => inOrder(body, present, MOVES),
    tick(nowMs) {
      for (const shown of views.values()) if (shown.kind === 'node') shown.view.tick(nowMs);
    },
    nodes: () => [...views].flatMap(([id, { kind }]) => (kind === 'node' ? [id.slice(1)] : [])),
    element: (id) => views.get(id)?.view.element,
    idAt(target) {
      for (const [id, { view }] of views) if (view.element.contains(target)) return id;
      return undefined;
    },
  };
}

/** Nodes and groups may be called the same. */
export function idOf(item: Item): string {
  return item.kind === 'node' ? `n${item.node}` : `g${item.value}`;
}

/** Takes the last one that fits out of a list. */
function taken<Entry>(list: Entry[], fits: (entry: Entry) => boolean): Entry | undefined {
  const at = list.findLastIndex(fits);
  return at === -1 ? undefined : list.splice(at, 1)[0];
}
