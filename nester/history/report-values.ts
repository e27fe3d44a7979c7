import type { StoredReport } from '../../protocol/report.ts';
import { type Block, refit, setValue } from './block.ts';
import type { Layout, Layouts } from './layout.ts';
import { fitsNarrow } from './narrow.ts';
import { FIELDS, metricKey, TARGET_FIELDS, targetKey } from './series.ts';

/** What is charted of a report. */
export type Measured = Pick<StoredReport, 'latency' | 'loss' | 'jitter' | 'devices' | 'hosts' | 'metrics' | 'targets'>;

/** The keys of a report's series for which a layout has no column, where the report has a value. */
export function missingKeys(layout: Layout, report: Measured): string[] {
  const missing: string[] = [];
  for (const [at, field] of FIELDS.entries()) {
    if (layout.fields[at] === -1 && fieldOf(report, field) !== undefined) missing.push(field);
  }
  for (const name in report.metrics) if (!layout.metrics.has(name)) missing.push(metricKey(name));
  for (const target of report.targets ?? []) {
    const numbers = layout.targets.get(target.name);
    for (const [at, field] of TARGET_FIELDS.entries()) {
      if ((numbers?.[at] ?? -1) === -1 && typeof target[field] === 'number') missing.push(targetKey(field, target.name));
    }
  }
  // A report may name a target twice.
  return missing.length > 1 ? [...new Set(missing)] : missing;
}

/**
 * Writes a report's values into a row that has none. On the way of every report: a block that
 * has a column for each value costs one look-up for each. `false`: it has not; some values may
 * stand there already, and writing them again does no harm.
 */
export function writeValues(block: Block, row: number, report: Measured, layouts: Layouts): boolean {
  const { fields, metrics, targets } = block.layout;
  for (let at = 0; at < FIELDS.length; at++) {
    const value = fieldOf(report, FIELDS[at] ?? 'latency');
    if (value !== undefined && !write(block, fields[at] ?? -1, row, value, layouts)) return false;
  }
  for (const name in report.metrics) {
    const value = report.metrics[name];
    if (value !== undefined && !write(block, metrics.get(name) ?? -1, row, value, layouts)) return false;
  }
  if (report.targets === undefined) return true;
  for (const target of report.targets) {
    const numbers = targets.get(target.name);
    for (let at = 0; at < TARGET_FIELDS.length; at++) {
      const value = target[TARGET_FIELDS[at] ?? 'latency'];
      if (typeof value === 'number' && !write(block, numbers?.[at] ?? -1, row, value, layouts)) return false;
    }
  }
  return true;
}

/** Where hosts were listed and not counted, their number is the count, as in the state of a node. */
function fieldOf(report: Measured, field: (typeof FIELDS)[number]): number | undefined {
  const value = report[field];
  if (value === undefined && field === 'devices') return report.hosts?.length;
  return value ?? undefined;
}

function write(block: Block, series: number, row: number, value: number, layouts: Layouts): boolean {
  if (series === -1) return false;
  // The numbers of the series stay as they are.
  if (!block.layout.wide[series] && !fitsNarrow(value)) refit(block, layouts.widened(block.layout, series));
  setValue(block, series, row, value);
  return true;
}
