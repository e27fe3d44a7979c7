import type { Query, SortKey } from '../../model/query.ts';
import type { Words } from '../../text/words.ts';
import type { Column } from './columns.ts';
import { element, setAttribute } from '../element.ts';

/** The header row: each name is a button that sorts. */
export interface TableHead {
  readonly element: HTMLElement;
  show(query: Query): void;
}

export function createTableHead(
  columns: readonly Column[],
  { text }: Words,
  onSort: (key: SortKey) => void,
): TableHead {
  const heads = columns.map(({ key, numeric }) => {
    const button = element('button', 'sort', text.columns[key]);
    button.type = 'button';
    button.addEventListener('click', () => onSort(key));
    const th = element('th', `in-${key}${numeric ? ' numeric' : ''}`, button);
    th.scope = 'col';
    th.setAttribute('role', 'columnheader');
    return { key, th };
  });
  const row = element('tr', '', ...heads.map(({ th }) => th));
  row.setAttribute('role', 'row');
  const head = element('thead', '', row);
  head.setAttribute('role', 'rowgroup');
  return {
    element: head,
    show({ sort, descending }) {
      for (const { key, th } of heads) {
        setAttribute(th, 'aria-sort', key !== sort ? null : descending ? 'descending' : 'ascending');
      }
    },
  };
}
