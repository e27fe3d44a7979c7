import { type Decoded, refused } from '../../protocol/decoded.ts';
import { readInteger, readOneOf } from '../../protocol/settings.ts';
import type { ReportQuery } from '../store/report-store.ts';
import { createParameterReader, readName, readTime } from './parameters.ts';

export type ReportFormat = 'json' | 'ndjson' | 'csv';

/** What `GET /api/reports` was asked. */
export interface ReportRequest {
  query: ReportQuery;
  format: ReportFormat;
  /** How long to wait for a first report; 0: not at all. */
  waitMs: number;
}

/** Longest wait of a long poll: proxies commonly give up at 60 s. */
const WAIT_SECONDS = 55;

/**
 * Reads the parameters; `fallback` is the format when none is named.
 */
export function decodeReportRequest(parameters: URLSearchParams, fallback: ReportFormat): Decoded<ReportRequest> {
  const { read, refuse, errors } = createParameterReader(parameters);

  const query = {
    node: read('node', readName),
    since: read('since', readTime),
    until: read('until', readTime),
    limit: read('limit', readInteger(1, Number.MAX_SAFE_INTEGER)),
    order: read('order', readOneOf('asc', 'desc')),
    after: read('after', readCursor),
  };
  const format = read('format', readOneOf('json', 'ndjson', 'csv')) ?? fallback;
  const waitSeconds = read('wait', readInteger(0, WAIT_SECONDS)) ?? 0;
  if (waitSeconds > 0 && !parameters.has('after')) {
    refuse('wait', 'expected only together with after: there is nothing to wait for without it');
  }
  if (errors.length > 0) return { ok: false, errors };
  return { ok: true, value: { query, format, waitMs: waitSeconds * 1000 } };
}

function readCursor(text: string): Decoded<string> {
  if (text.length >= 1 && text.length <= 200) return { ok: true, value: text };
  return refused('expected the Nester-Cursor of an earlier answer');
}
