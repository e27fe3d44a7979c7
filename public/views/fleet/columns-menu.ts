import { type ColumnKey, FIELDS, metricKey, metricOf } from '../../model/column-key.ts';
import { WELL_KNOWN_METRICS } from '../../model/metric-kind.ts';
import type { Row } from '../../model/row.ts';
import type { Words } from '../../text/words.ts';
import { element } from '../element.ts';
import { icon } from '../icon.ts';
import { createMenu, type Menu } from '../menu.ts';
import { columnName } from './columns.ts';

export interface ColumnsMenuDeps {
  words: Words;
  rows: () => Iterable<Row>;
  shown: () => readonly ColumnKey[];
  /** `all`: every column there could be, in the order of the menu. */
  onToggle: (key: ColumnKey, all: readonly ColumnKey[]) => void;
  onReset: () => void;
}

/** Chooses columns: those of the table, and every metric that any node reports. */
export function createColumnsMenu({ words, rows, shown, onToggle, onReset }: ColumnsMenuDeps): Menu {
  const { text } = words;

  function fill(): Node[] {
    const chosen = shown();
    const all = columnsOf(rows(), chosen, words.compareNames);
    const choices = all.map((key) => {
      const box = element('input');
      box.type = 'checkbox';
      box.checked = chosen.includes(key);
      // A row without its node's name is of no use.
      box.disabled = key === 'node';
      box.addEventListener('change', () => onToggle(key, all));
      return element('label', 'choice', box, columnName(key, words));
    });
    const firstMetric = all.findIndex((key) => metricOf(key) !== undefined);
    const reset = element('button', 'panel-action', text.columnsMenu.reset);
    reset.type = 'button';
    reset.addEventListener('click', () => {
      onReset();
      menu.close();
    });
    return [
      element('h2', 'panel-title', text.columnsMenu.title),
      ...choices.slice(0, firstMetric),
      element('h3', 'panel-title', text.columnsMenu.metrics),
      ...choices.slice(firstMetric),
      reset,
    ];
  }

  const menu = createMenu({ className: 'choose-columns', label: text.columnsMenu.title, fill }, icon('columns'), element('span', 'tool-name', text.columnsMenu.button));
  return menu;
}

/** Fields, then metrics: the well-known ones, then all others by name. Those chosen are there even if nobody reports them. */
function columnsOf(rows: Iterable<Row>, chosen: readonly ColumnKey[], compareNames: (a: string, b: string) => number): ColumnKey[] {
  const names = new Set<string>(['cpu', 'memory', 'disk']);
  for (const { metrics } of rows) for (const name in metrics) names.add(name);
  for (const key of chosen) {
    const name = metricOf(key);
    if (name !== undefined) names.add(name);
  }
  const known = WELL_KNOWN_METRICS.filter((name) => names.delete(name));
  return [...FIELDS, ...[...known, ...[...names].sort(compareNames)].map(metricKey)];
}
