import type { ColumnKey } from '../../model/column-key.ts';
import type { Query } from '../../model/query.ts';
import { element, setAttribute } from '../element.ts';
import type { Column } from './columns.ts';

/** The header row: each name is a button that sorts. */
export interface TableHead {
  readonly element: HTMLElement;
  show(columns: readonly Column[], query: Query): void;
}

export function createTableHead(onSort: (key: ColumnKey) => void): TableHead {
  const row = element('tr');
  row.setAttribute('role', 'row');
  row.setAttribute('aria-rowindex', '1');
  const head = element('thead', '', row);
  head.setAttribute('role', 'rowgroup');
  const heads = new Map<ColumnKey, HTMLElement>();
  let shown: readonly Column[] = [];

  /** One that stays keeps its element, and with it the focus. */
  function headOf({ key, name, numeric, className }: Column): HTMLElement {
    const known = heads.get(key);
    if (known) return known;
    const button = element('button', 'sort', name);
    button.type = 'button';
    button.addEventListener('click', () => onSort(key));
    const th = element('th', `${className}${numeric ? ' numeric' : ''}`, button);
    th.scope = 'col';
    th.setAttribute('role', 'columnheader');
    heads.set(key, th);
    return th;
  }

  return {
    element: head,
    show(columns, { sort, descending }) {
      if (columns !== shown) {
        shown = columns;
        row.replaceChildren(...columns.map(headOf));
      }
      for (const column of columns) {
        const order = descending ? 'descending' : 'ascending';
        setAttribute(headOf(column), 'aria-sort', column.key === sort ? order : null);
      }
    },
  };
}
