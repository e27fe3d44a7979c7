import type { StoredReport } from '../../protocol/report.ts';

/** Metrics that have a column of their own; the others are in the column `metrics`, as JSON. */
const METRICS = ['cpu', 'memory', 'swap', 'disk', 'load1', 'load5', 'load15', 'temperature', 'rx', 'tx', 'uptime'] as const;
const OWN_COLUMN: ReadonlySet<string> = new Set(METRICS);

export const CSV_HEADER = line([
  ...['node', 'timestamp', 'receivedAt', 'ip', 'devices', 'latency', 'loss', 'jitter', 'interval'],
  ...METRICS,
  ...['version', 'labels', 'metrics'],
]);

const decoder = new TextDecoder();

/** One report as a row of CSV (RFC 4180). The bytes are JSON that the store keeps. */
export function csvRow(json: Uint8Array): string {
  // What the store keeps went through the schema when it came.
  const report = JSON.parse(decoder.decode(json)) as StoredReport;
  const metrics = report.metrics ?? {};
  const others = Object.entries(metrics).filter(([name]) => !OWN_COLUMN.has(name));
  return line([
    text(report.node),
    text(report.timestamp),
    number(report.receivedAt),
    text(report.ip),
    ...[report.devices, report.latency, report.loss, report.jitter, report.interval].map(number),
    ...METRICS.map((name) => number(metrics[name])),
    text(report.agent?.version),
    report.labels ? text(JSON.stringify(report.labels)) : '',
    others.length > 0 ? text(JSON.stringify(Object.fromEntries(others))) : '',
  ]);
}

function line(cells: readonly string[]): string {
  return `${cells.join(',')}\r\n`;
}

function number(value: number | null | undefined): string {
  return value === null || value === undefined ? '' : String(value);
}

/**
 * A cell of text. Names come from anyone who may report; a spreadsheet would run one that looks
 * like a formula, so it gets an apostrophe before it.
 */
function text(value: string | null | undefined): string {
  if (value === null || value === undefined) return '';
  const inert = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}
