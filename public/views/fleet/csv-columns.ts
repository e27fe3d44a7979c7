import { type ColumnKey, metricOf } from '../../model/column-key.ts';
import type { CsvValue } from '../../model/csv.ts';
import { type MetricKind, metricKind } from '../../model/metric-kind.ts';
import { own } from '../../model/own.ts';
import type { Row } from '../../model/row.ts';
import type { Words } from '../../text/words.ts';
import { columnName } from './columns.ts';

/** A column as it leaves the page: raw values, their unit in the header. */
export interface CsvColumn {
  header: string;
  read: (row: Row) => CsvValue;
}

/** A node's labels are shown beside its name, and so they have a column after it. */
export function csvColumns(key: ColumnKey, words: Words): CsvColumn[] {
  const name = columnName(key, words);
  const metric = metricOf(key);
  if (metric !== undefined) return [{ header: withUnit(name, UNITS[metricKind(metric)]), read: ({ metrics }) => own(metrics, metric) ?? null }];
  switch (key) {
    case 'node':
      return [
        { header: name, read: ({ node }) => node },
        { header: words.text.csv.labels, read: (row) => labelsOf(row, words) },
      ];
    case 'latency':
    case 'jitter':
      return [{ header: withUnit(name, 'ms'), read: (row) => row[key] }];
    case 'loss':
      return [{ header: withUnit(name, '%'), read: ({ loss }) => loss }];
    case 'agent':
      return [{ header: name, read: ({ agent }) => agent?.version ?? null }];
    case 'updated':
      return [{ header: name, read: ({ timestamp }) => timestamp }];
    case 'status':
    case 'ip':
    case 'devices':
      return [{ header: name, read: (row) => row[key] }];
    default:
      throw new Error(`BUG: nothing is known of a column ${key}`);
  }
}

const UNITS: Record<MetricKind, string> = { percent: '%', load: '', temperature: '°C', rate: 'B/s', duration: 's', number: '' };

function withUnit(name: string, unit: string): string {
  return unit === '' ? name : `${name} (${unit})`;
}

function labelsOf({ labels }: Row, { compareNames }: Words): string | null {
  const entries = Object.entries(labels).sort(([a], [b]) => compareNames(a, b));
  return entries.length === 0 ? null : entries.map(([label, value]) => `${label}: ${value}`).join('; ');
}
