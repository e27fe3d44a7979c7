import type { Row } from '../../model/row.ts';
import type { Words } from '../../text/words.ts';
import type { Column } from './columns.ts';
import { element, setAttribute } from '../element.ts';

/** One `tr` and what it shows. */
export interface RowView {
  readonly element: HTMLTableRowElement;
  /** Where it stands in the table; -1: not in it. The table's own note. */
  position: number;
  /** Whether `show` would have anything to do. */
  isNew(row: Row): boolean;
  /** Brings the cells up to date, touching only those that differ; `mark` shows which did. */
  show(row: Row, nowMs: number, mark: boolean): void;
  tick(nowMs: number): void;
}

export function createRowView(columns: readonly Column[], words: Words): RowView {
  const tr = element('tr');
  // Rows are laid out as grids; the roles keep them rows of a table for every reader.
  tr.setAttribute('role', 'row');
  const cells = columns.map((column) => {
    const td = element('td', `in-${column.key}${column.numeric ? ' numeric' : ''}`);
    td.setAttribute('role', 'cell');
    tr.append(td);
    return { td, cell: column.create(td, words) };
  });
  let shown: Row | undefined;

  function tick(nowMs: number): void {
    if (!shown) return;
    for (const { cell } of cells) cell.tick?.(shown, nowMs);
  }

  return {
    element: tr,
    position: -1,
    isNew: (row) => row !== shown,
    show(row, nowMs, mark) {
      if (row === shown) return;
      const first = shown === undefined;
      shown = row;
      setAttribute(tr, 'data-status', row.status);
      for (const { td, cell } of cells) {
        // Two names for one animation: going from one to the other starts it again.
        if (cell.show(row) && mark && !first) td.dataset['changed'] = td.dataset['changed'] === 'a' ? 'b' : 'a';
      }
      tick(nowMs);
    },
    tick,
  };
}
