import { type Decoded, type InputError, refused } from '../../protocol/decoded.ts';
import { LIMITS } from '../../protocol/limits.ts';
import { readInteger, readOneOf } from '../../protocol/settings.ts';
import { decodeTimestamp } from '../../protocol/timestamp.ts';
import type { ReportQuery } from '../store/report-store.ts';

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
 * Reads the parameters; `fallback` is the format when none is named. A parameter that is not
 * known is ignored, one that is known and makes no sense is refused: an answer to another
 * question than the one asked would be worse than none.
 */
export function decodeReportRequest(parameters: URLSearchParams, fallback: ReportFormat): Decoded<ReportRequest> {
  const errors: InputError[] = [];

  function read<T>(name: string, decode: (text: string) => Decoded<T>): T | undefined {
    const [text, ...more] = parameters.getAll(name);
    if (text === undefined) return undefined;
    const decoded = more.length > 0 ? refused('expected once, came more than once') : decode(text);
    if (decoded.ok) return decoded.value;
    errors.push(...decoded.errors.map(({ message }) => ({ path: name, message })));
    return undefined;
  }

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
    errors.push({ path: 'wait', message: 'expected only together with after: there is nothing to wait for without it' });
  }
  if (errors.length > 0) return { ok: false, errors };
  return { ok: true, value: { query, format, waitMs: waitSeconds * 1000 } };
}

function readName(text: string): Decoded<string> {
  const name = text.trim();
  const count = Array.from(name).length;
  if (count >= 1 && count <= LIMITS.nameCharacters) return { ok: true, value: name };
  return refused(`expected 1 to ${LIMITS.nameCharacters} characters, got ${count}`);
}

/** Digits are epoch ms. A `+` of a zone that was not percent-encoded came as a space, and is meant as `+`. */
function readTime(text: string): Decoded<number> {
  return decodeTimestamp(/^\d{1,15}$/.test(text) ? Number(text) : text.replace(/ (\d{2}:?\d{2})$/, '+$1'));
}

function readCursor(text: string): Decoded<string> {
  if (text.length >= 1 && text.length <= 200) return { ok: true, value: text };
  return refused('expected the Nester-Cursor of an earlier answer');
}
