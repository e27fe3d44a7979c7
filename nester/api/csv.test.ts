import { describe, expect, it } from 'vitest';
import type { StoredReport } from '../../protocol/report.ts';
import { CSV_HEADER, csvRow } from './csv.ts';

function rowOf(report: Partial<StoredReport>): Record<string, string> {
  const row = csvRow(Buffer.from(JSON.stringify({ node: 'a', timestamp: '2026-11-22T08:00:00.000Z', receivedAt: 1, ...report })));
  expect(row.endsWith('\r\n')).toBe(true);
  const cells = cellsOf(row);
  const names = cellsOf(CSV_HEADER);
  expect(cells).toHaveLength(names.length);
  return Object.fromEntries(names.map((name, at) => [name, cells[at] ?? '']));
}

/** Reads one record as RFC 4180 says, by a way of its own. */
function cellsOf(record: string): string[] {
  return Array.from(record.slice(0, -2).matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",\r\n]*))/g), ([, quoted, plain]) =>
    quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'),
  );
}

describe('a report as CSV', () => {
  it('has a cell for every value, and an empty one where there is none', () => {
    const row = rowOf({ ip: '10.0.0.7', devices: 0, latency: null, metrics: { cpu: 12.5, battery: 97 }, labels: { site: 'Lyon' }, agent: { version: '1.2.3', mode: 'once' } });

    expect(row).toMatchObject({ node: 'a', receivedAt: '1', ip: '10.0.0.7', devices: '0', latency: '', loss: '', cpu: '12.5', memory: '', version: '1.2.3' });
    expect(JSON.parse(row['labels'] ?? '')).toEqual({ site: 'Lyon' });
    expect(JSON.parse(row['metrics'] ?? '')).toEqual({ battery: 97 });
  });

  it.each(['a,b', 'say "hi"', 'two\nlines', 'cr\rlf', '"', 'é😀'])('brings %j back as it was', (node) => {
    expect(rowOf({ node })['node']).toBe(node);
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', '=HYPERLINK("http://evil.example","click")'])('makes %j inert', (node) => {
    expect(rowOf({ node })['node']).toBe(`'${node}`);
  });

  it('leaves numbers alone, negative ones too', () => {
    expect(rowOf({ metrics: { temperature: -12.5, rx: 1e21 } })).toMatchObject({ temperature: '-12.5', rx: '1e+21' });
  });
});
