import type { Host, Report } from '../protocol/report.ts';
import { oneLine } from './log.ts';

/**
 * A report as a person reads it on a terminal: every field that would be sent, and no other.
 * Names from the LAN are made fit for one line.
 */
export function formatReport(report: Report): string {
  const { node, timestamp, ip, devices, latency, loss, jitter, interval, metrics = {}, targets = [], hosts, labels = {}, agent, ...rest } = report;
  const line = { latency, loss, jitter };
  const sections: [title: string, rows: string[][]][] = [
    [
      '',
      [
        ['node', node],
        ...rowsOf({ timestamp }),
        ['interval', withUnit(interval, 's')],
        ['ip', ip ?? 'unknown'],
        ['devices', devices === null || devices === undefined ? 'not scanned' : String(devices)],
        ...rowsOf(rest),
      ],
    ],
    ['line', [['', 'latency', 'loss', 'jitter'], lineRow('main target', line), ...targets.map(({ name, ...quality }) => lineRow(name, quality))]],
    ['metrics', rowsOf(metrics)],
    ['labels', rowsOf(labels)],
    ['hosts', (hosts ?? []).map(hostRow)],
    ['agent', rowsOf(agent ?? {})],
  ];
  return sections
    .filter(([, rows]) => rows.length > 0)
    .map(([title, rows]) => (title === '' ? table(rows, '') : `${title}\n${table(rows, '  ')}`))
    .join('\n');
}

interface Quality {
  latency?: number | null | undefined;
  loss?: number | null | undefined;
  jitter?: number | null | undefined;
}

function lineRow(name: string, { latency, loss, jitter, ...more }: Quality): string[] {
  return [name, withUnit(latency, 'ms'), withUnit(loss, '%'), withUnit(jitter, 'ms'), ...Object.values(more).map(textOf)];
}

function hostRow({ ip, mac, vendor, name, ports }: Host): string[] {
  return [ip, mac ?? '', vendor ?? '', name ?? '', (ports ?? []).join(' ')];
}

const withUnit = (value: number | null | undefined, unit: string): string => (value === null || value === undefined ? 'none' : `${value} ${unit}`);
const rowsOf = (fields: object): string[][] =>
  Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, textOf(value)]]));

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function table(rows: readonly (readonly string[])[], indent: string): string {
  const cells = rows.map((row) => row.map((cell) => oneLine(cell)));
  const widths: number[] = [];
  for (const row of cells) row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, cell.length)));
  return cells.map((row) => `${indent}${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')}`.trimEnd() + '\n').join('');
}
