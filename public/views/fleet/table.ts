import type { Query, SortKey } from '../../model/query.ts';
import type { Row } from '../../model/row.ts';
import { staying } from '../../model/stay.ts';
import type { Words } from '../../text/words.ts';
import type { Column } from './columns.ts';
import { element } from '../element.ts';
import { createRowView, type RowView } from './row-view.ts';
import { createTableHead } from './table-head.ts';

/** More changes than this in one paint are not marked: where everything stands out, nothing does. */
const MARKED_ROWS = 40;

export interface Table {
  readonly element: HTMLElement;
  /**
   * Shows these rows, in this order. `known` is every row there is: what is not in it is
   * forgotten, what is merely filtered out is kept for later.
   */
  show(rows: readonly Row[], known: ReadonlyMap<string, Row>, query: Query, nowMs: number): void;
  /** Time went on: relative times do too. */
  tick(nowMs: number): void;
}

export function createTable(columns: readonly Column[], words: Words, onSort: (key: SortKey) => void): Table {
  const head = createTableHead(columns, words, onSort);
  const body = element('tbody');
  const caption = element('caption', 'unseen', words.text.tableOf);
  const table = element('table', 'nodes', caption, head.element, body);
  table.setAttribute('role', 'table');
  body.setAttribute('role', 'rowgroup');
  for (const { key } of columns) {
    // Where there is no room for a header row, style sheets put the name beside the value.
    table.style.setProperty(`--name-of-${key}`, JSON.stringify(words.text.columns[key]));
  }

  const views = new Map<string, RowView>();
  let placed: RowView[] = [];

  function viewOf(row: Row): RowView {
    let view = views.get(row.node);
    if (!view) views.set(row.node, (view = createRowView(columns, words)));
    return view;
  }

  function place(wanted: RowView[]): void {
    if (wanted.length === placed.length && wanted.every((view, index) => view === placed[index])) return;
    const stay = staying(wanted.map(({ position }) => position));
    for (const view of placed) view.position = -1;
    wanted.forEach((view, index) => (view.position = index));
    for (const view of placed) if (view.position === -1) view.element.remove();
    if (stay.includes(true)) {
      for (let index = wanted.length - 1; index >= 0; index--) {
        const view = wanted[index];
        if (view && !stay[index]) body.insertBefore(view.element, wanted[index + 1]?.element ?? null);
      }
    } else {
      body.replaceChildren(...wanted.map((view) => view.element));
    }
    placed = wanted;
  }

  return {
    element: table,
    show(rows, known, query, nowMs) {
      head.show(query);
      for (const node of views.keys()) if (!known.has(node)) views.delete(node);
      const wanted = rows.map(viewOf);
      let news = 0;
      rows.forEach((row, index) => (news += wanted[index]?.isNew(row) ? 1 : 0));
      rows.forEach((row, index) => {
        const view = wanted[index];
        view?.show(row, nowMs, news <= MARKED_ROWS && view.position !== -1);
      });
      place(wanted);
    },
    tick(nowMs) {
      for (const view of placed) view.tick(nowMs);
    },
  };
}
