import type { Row } from '../../model/row.ts';
import type { Words } from '../../text/words.ts';
import { element, setAttribute } from '../element.ts';
import type { Column } from './columns.ts';

/** One `tr` that shows a node; a while later perhaps another one. */
export interface RowView {
  readonly element: HTMLTableRowElement;
  /** Whether it shows all there is of this node, if perhaps an older report. */
  isOf(node: string): boolean;
  /** Whether `show` would have anything new of a node that is shown already: what may be marked. */
  hasNews(row: Row): boolean;
  /** Brings the cells up to date, touching only those that differ; `mark` shows which did. */
  show(row: Row, nowMs: number, mark: boolean): void;
  /** Says only whose row it is and how that node fares, for a row that rushes by. The rest is hidden until `show`. */
  sketch(row: Row): void;
  isSketch(): boolean;
  tick(nowMs: number): void;
}

export function createRowView(columns: readonly Column[], words: Words): RowView {
  const tr = element('tr');
  // Rows are laid out as grids; the roles keep them rows of a table for every reader.
  tr.setAttribute('role', 'row');
  tr.tabIndex = -1;
  let shown: Row | undefined;
  let isSketch = false;
  const cells = columns.map((column) => {
    const td = element('td', `${column.className}${column.numeric ? ' numeric' : ''}`);
    td.setAttribute('role', 'cell');
    // Where there is no room for a header row, style sheets put the name beside the value.
    td.dataset['name'] = column.name;
    tr.append(td);
    const cell = column.create(td, words);
    td.addEventListener('pointerenter', () => {
      const hint = shown === undefined ? null : (cell.hint?.(shown) ?? null);
      setAttribute(td, 'title', hint);
    });
    return { td, cell };
  });

  function clearMarks(): void {
    for (const { td } of cells) {
      setAttribute(td, 'data-changed', null);
      setAttribute(td, 'title', null);
    }
  }

  function setSketch(next: boolean): void {
    if (next === isSketch) return;
    isSketch = next;
    tr.toggleAttribute('data-sketch', next);
  }

  function tick(nowMs: number): void {
    if (!shown || isSketch) return;
    for (const { cell } of cells) cell.tick?.(shown, nowMs);
  }

  return {
    element: tr,
    isOf: (node) => node === shown?.node && !isSketch,
    hasNews: (row) => row !== shown && row.node === shown?.node && !isSketch,
    show(row, nowMs, mark) {
      if (row === shown && !isSketch) return;
      const isKnown = row.node === shown?.node && !isSketch;
      if (!isKnown && !isSketch) clearMarks();
      shown = row;
      setSketch(false);
      setAttribute(tr, 'data-status', row.status);
      for (const { td, cell } of cells) {
        const isOther = cell.show(row);
        // Two names for one animation: going from one to the other starts it again.
        if (isKnown && isOther && mark) td.dataset['changed'] = td.dataset['changed'] === 'a' ? 'b' : 'a';
      }
      tick(nowMs);
    },
    sketch(row) {
      if (row === shown) return;
      if (!isSketch) clearMarks();
      shown = row;
      setSketch(true);
      setAttribute(tr, 'data-status', row.status);
      for (const { cell } of cells) cell.sketch?.(row);
    },
    isSketch: () => isSketch,
    tick,
  };
}
