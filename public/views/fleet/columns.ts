import { type ColumnKey, metricOf } from '../../model/column-key.ts';
import { leastWidthRem } from '../../model/fit.ts';
import type { Row } from '../../model/row.ts';
import { MUCH_LOSS } from '../../model/wall-order.ts';
import { metricName } from '../../text/metric-name.ts';
import type { Words } from '../../text/words.ts';
import { createMetricCell } from './metric-cell.ts';
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
  key: ColumnKey;
  name: string;
  /** Figures stand at the right. */
  numeric: boolean;
  /** Its width as a track of a grid. */
  track: string;
  /** Class of its cells. */
  className: string;
  create(td: HTMLElement, words: Words): Cell;
}


const CREATE: Partial<Record<ColumnKey, Column['create']>> = {
  status: createStatusCell,
  node: createNodeCell,
  ip: createValueCell((row) => row.ip),
  devices: createValueCell((row, format) => (row.devices === null ? null : format.count(row.devices))),
  latency: createValueCell((row, format) => (row.latency === null ? null : format.milliseconds(row.latency))),
  loss: createValueCell(
    (row, format) => (row.loss === null ? null : format.percent(row.loss)),
    (row) => (row.loss === null || row.loss === 0 ? null : row.loss < MUCH_LOSS ? 'some' : 'much'),
  ),
  jitter: createValueCell((row, format) => (row.jitter === null ? null : format.milliseconds(row.jitter))),
  agent: createValueCell(({ agent }) => agent?.version ?? null),
  updated: createUpdatedCell,
};

const TEXTS: ReadonlySet<ColumnKey> = new Set<ColumnKey>(['status', 'node', 'ip', 'agent']);
/** What takes a share of the room that is left. */
const SHARES: Partial<Record<ColumnKey, number>> = { node: 2.2, ip: 0.8, latency: 0.5 };

export function columnName(key: ColumnKey, { text }: Words): string {
  const metric = metricOf(key);
  return metric === undefined ? text.columns[key as keyof typeof text.columns] : metricName(metric, text);
}

export function columnOf(key: ColumnKey, words: Words): Column {
  const metric = metricOf(key);
  const least = `${leastWidthRem(key)}rem`;
  const share = SHARES[key] ?? (metric === undefined ? undefined : 0.3);
  return {
    key,
    name: columnName(key, words),
    numeric: !TEXTS.has(key),
    track: share === undefined ? least : `minmax(${least}, ${share}fr)`,
    className: metric === undefined ? `in-${key}` : 'in-metric',
    create: CREATE[key] ?? createMetricCell(metric ?? ''),
  };
}
