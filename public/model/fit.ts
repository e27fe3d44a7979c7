import { type ColumnKey, DEFAULT_COLUMNS, metricOf } from './column-key.ts';

/** Which columns are shown, and whether side by side or, where they are too many, as cards. */
export interface Fit {
  columns: readonly ColumnKey[];
  shape: 'table' | 'cards';
  /** How many values stand side by side on a card. */
  perLine: number;
}

/** The least width of a column, rem. What is left is shared out by the style sheet's rules. */
export function leastWidthRem(key: ColumnKey): number {
  if (metricOf(key) !== undefined) return 6.75;
  return WIDTHS[key] ?? 6.75;
}

const WIDTHS: Partial<Record<ColumnKey, number>> = {
  status: 12,
  node: 14,
  ip: 9.5,
  devices: 6.25,
  latency: 12.5,
  loss: 5.5,
  jitter: 6.75,
  agent: 6.5,
  updated: 8.5,
};

/** Below this there is no table of any use. */
const TABLE_REM = 58;

/** The first to go where there is no room for all. */
const DISPENSABLE: readonly ColumnKey[] = ['agent', 'metrics.disk', 'metrics.memory', 'metrics.cpu', 'ip'];
/** What a card shows where nobody chose. */
const CARD_COLUMNS: readonly ColumnKey[] = ['status', 'node', 'ip', 'devices', 'latency', 'loss', 'updated'];

/** How wide a value with its name is on a card, rem. */
const CARD_VALUE_REM = 11;
const CARD_VALUES = { least: 3, most: 8 };

/** `chosen` columns are all shown, whatever the width. */
export function fit(chosen: readonly ColumnKey[] | null, availableRem: number): Fit {
  const room = Math.floor(availableRem / CARD_VALUE_REM);
  const perLine = Math.min(CARD_VALUES.most, Math.max(CARD_VALUES.least, room));
  if (chosen !== null) return { columns: chosen, shape: width(chosen) <= availableRem ? 'table' : 'cards', perLine };
  if (availableRem < TABLE_REM) return { columns: CARD_COLUMNS, shape: 'cards', perLine };
  let columns = DEFAULT_COLUMNS;
  for (const key of DISPENSABLE) {
    if (width(columns) <= availableRem) break;
    columns = columns.filter((other) => other !== key);
  }
  return { columns, shape: 'table', perLine };
}

/** What stands at fixed places in the first two lines of a card; the others follow below, so many to a line. */
const CARD_TOP: ReadonlySet<ColumnKey> = new Set<ColumnKey>(['status', 'node', 'ip', 'updated']);

/** In quarters of a value's width: a latency has more to say than a loss. The style sheet says the same. */
const CARD_SHARES: Partial<Record<ColumnKey, number>> = { latency: 5, loss: 3 };

/** How many lines a card has, with as many values in each as go into it, in order. */
export function cardLines({ columns, perLine }: Fit): number {
  let lines = 2;
  let left = 0;
  for (const key of columns) {
    if (CARD_TOP.has(key)) continue;
    const share = CARD_SHARES[key] ?? 4;
    if (share > left) {
      lines++;
      left = 4 * perLine;
    }
    left -= share;
  }
  return lines;
}

function width(columns: readonly ColumnKey[]): number {
  return columns.reduce((sum, key) => sum + leastWidthRem(key), 0);
}
