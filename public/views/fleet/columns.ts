import type { SortKey } from '../../model/query.ts';
import type { Row } from '../../model/row.ts';
import { MUCH_LOSS } from '../../model/wall-order.ts';
import type { Words } from '../../text/words.ts';
import { createNodeCell } from './node-cell.ts';
import { createStatusCell } from './status-cell.ts';
import { createUpdatedCell } from './updated-cell.ts';
import { createValueCell } from './value-cell.ts';

/** What is inside one `td`. */
export interface Cell {
  /** Shows a row's value; returns whether what can be read there became something else. */
  show(row: Row): boolean;
  /** Time went on; `nowMs` is Nester's clock. Called after `show`, and every second. */
  tick?(row: Row, nowMs: number): void;
}

export interface Column {
  key: SortKey;
  /** Figures stand at the right. */
  numeric: boolean;
  create(td: HTMLElement, words: Words): Cell;
}


/** The table's columns, in order. A further column is a further entry. */
export const COLUMNS: readonly Column[] = [
  { key: 'status', numeric: false, create: createStatusCell },
  { key: 'node', numeric: false, create: createNodeCell },
  { key: 'ip', numeric: false, create: createValueCell((row) => row.ip) },
  {
    key: 'devices',
    numeric: true,
    create: createValueCell((row, format) => (row.devices === null ? null : format.count(row.devices))),
  },
  {
    key: 'latency',
    numeric: true,
    create: createValueCell((row, format) => (row.latency === null ? null : format.milliseconds(row.latency))),
  },
  {
    key: 'loss',
    numeric: true,
    create: createValueCell(
      (row, format) => (row.loss === null ? null : format.percent(row.loss)),
      (row) => (row.loss === null || row.loss === 0 ? null : row.loss < MUCH_LOSS ? 'some' : 'much'),
    ),
  },
  { key: 'updated', numeric: true, create: createUpdatedCell },
];
