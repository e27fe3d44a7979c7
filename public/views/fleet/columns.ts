import { isOlder, OWN_VERSION } from '../../model/agent-version.ts';
import { type ColumnKey, metricOf } from '../../model/column-key.ts';
import type { Found } from '../../model/filter.ts';
import { leastWidthRem } from '../../model/fit.ts';
import type { Row } from '../../model/row.ts';
import { MUCH_LOSS } from '../../model/wall-order.ts';
import type { Sparkline } from '../../model/sparkline.ts';
import { metricName } from '../../text/metric-name.ts';
import type { Words } from '../../text/words.ts';
import { createLatencyCell } from './latency-cell.ts';
import { createMetricCell } from './metric-cell.ts';
import { createNodeCell } from './node-cell.ts';
import { createStatusCell } from './status-cell.ts';
import { createUpdatedCell } from './updated-cell.ts';
import { createValueCell } from './value-cell.ts';

/** What is inside one `td`. */
export interface Cell {
  /** Shows a row's value; returns whether what can be read there became something else. */
  show(row: Row): boolean;
  /** Shows what is seen of a row that rushes by. Cells without it are hidden meanwhile. */
  sketch?(row: Row): void;
  /** Time went on; `nowMs` is Nester's clock. Called after `show`, and every second. */
  tick?(row: Row, nowMs: number): void;
  /** More, for who points at it: asked for then, because writing it beforehand costs as much as all the rest. */
  hint?(row: Row): string | null;
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

/** What cells know besides their row. */
export interface CellDeps {
  words: Words;
  sparklineOf: (node: string, nowMs: number) => Sparkline | undefined;
  /** What was found in LANs for the words looked for. */
  found: () => Found;
}

function creator(key: ColumnKey, { sparklineOf, found }: CellDeps): Column['create'] {
  switch (key) {
    case 'status':
      return createStatusCell;
    case 'node':
      return createNodeCell(found);
    case 'ip':
      return createValueCell((row) => row.ip);
    case 'devices':
      return createValueCell((row, format) => (row.devices === null ? null : format.count(row.devices)));
    case 'latency':
      return createLatencyCell(sparklineOf);
    case 'loss':
      return createValueCell(
        (row, format) => (row.loss === null ? null : format.percent(row.loss)),
        (row) => (row.loss === null || row.loss === 0 ? null : row.loss < MUCH_LOSS ? 'some' : 'much'),
      );
    case 'jitter':
      return createValueCell((row, format) => (row.jitter === null ? null : format.milliseconds(row.jitter)));
    case 'agent':
      return createValueCell(
        ({ agent }) => (agent ? `${agent.version}${isOlder(agent.version) ? ' ↑' : ''}` : null),
        ({ agent }) => (agent && isOlder(agent.version) ? 'some' : null),
        ({ agent }, text) => (agent && isOlder(agent.version) ? text.olderAgent(agent.version, OWN_VERSION) : null),
      );
    case 'updated':
      return createUpdatedCell;
    default:
      return createMetricCell(metricOf(key) ?? '');
  }
}

const TEXTS: ReadonlySet<ColumnKey> = new Set<ColumnKey>(['status', 'node', 'ip', 'agent']);
/** What takes a share of the room that is left. */
const SHARES: Partial<Record<ColumnKey, number>> = { node: 2.2, ip: 0.8, latency: 0.5 };

export function columnName(key: ColumnKey, { text }: Words): string {
  const metric = metricOf(key);
  return metric === undefined ? text.columns[key as keyof typeof text.columns] : metricName(metric, text);
}

export function columnOf(key: ColumnKey, deps: CellDeps): Column {
  const metric = metricOf(key);
  const least = `${leastWidthRem(key)}rem`;
  const share = SHARES[key] ?? (metric === undefined ? undefined : 0.3);
  return {
    key,
    name: columnName(key, deps.words),
    numeric: !TEXTS.has(key),
    track: share === undefined ? least : `minmax(${least}, ${share}fr)`,
    className: metric === undefined ? `in-${key}` : 'in-metric',
    create: creator(key, deps),
  };
}
