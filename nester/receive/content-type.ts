import type { IncomingHttpHeaders } from 'node:http';
import type { Refusal } from '../http/problem.ts';

export const JSON_TYPE = 'application/json';
export const LINES_TYPE = 'application/x-ndjson';

/**
 * The media type of a body, without parameters, in lower case; or why the body cannot be read.
 * JSON is UTF-8 whatever a `charset` says (RFC 8259), so parameters are not looked at.
 */
export function bodyType(headers: IncomingHttpHeaders, accepted: readonly string[]): string | Refusal {
  const header = headers['content-type'] ?? '';
  const type = accepted.includes(header) ? header : (header.split(';', 1)[0] ?? '').trim().toLowerCase();
  if (!accepted.includes(type)) {
    const came = type === '' ? 'none' : JSON.stringify(type.slice(0, 100));
    return { status: 415, detail: `Content-Type must be ${accepted.join(' or ')}; it is ${came}.` };
  }
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding.trim().toLowerCase() !== 'identity') {
    return { status: 415, detail: 'Content-Encoding must be absent: bodies are taken uncompressed.', headers: { 'Accept-Encoding': 'identity' } };
  }
  return type;
}
