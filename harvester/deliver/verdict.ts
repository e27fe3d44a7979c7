import type { BatchAnswer } from '../../protocol/answers.ts';
import { LIMITS } from '../../protocol/limits.ts';
import { oneLine } from '../log.ts';
import type { ExchangeResult } from './exchange.ts';

/** What became of a report that was posted. */
export type Verdict =
  | { kind: 'delivered' }
  /** It is not valid and never will be. `timestamp`: because of its time. `nesterMs`: the Nester's clock then, epoch ms. */
  | { kind: 'rejected'; reason: string; timestamp: boolean; nesterMs: number | undefined }
  /** The key is missing or wrong: everything would be refused. */
  | { kind: 'unauthorised'; reason: string }
  /** Not now. `afterMs`: Nester says when to come back. */
  | { kind: 'later'; reason: string; afterMs: number | undefined };

/** Why one report of a batch is not taken. */
export interface Rejection {
  reason: string;
  /** Because of its time. */
  timestamp: boolean;
  /** Because of the key: another one may report for this node. */
  forbidden: boolean;
}

/** What became of a batch: of each report, or of the request as a whole. */
export type BatchVerdict =
  | { kind: 'judged'; rejected: Map<number, Rejection>; nesterMs: number | undefined }
  /** The request was not understood or too large: smaller ones may be. */
  | { kind: 'unfit'; reason: string }
  | Exclude<Verdict, { kind: 'delivered' } | { kind: 'rejected' }>;

const RIGHT_KEY = 'NESTER_API_KEY must be a key of the Nester that may report for this node';

/** Nester never asks for more; someone in between who does is not obeyed for ever. */
const LONGEST_RETRY_MS = 60 * 60_000;

/**
 * Judges the answer to one report. Delivered is only what Nester itself confirms, node and all:
 * a hotel's login page also answers 200. Rejected is only what Nester itself rejects: proxies
 * answer 400 and 413 too, and a report must not be lost to them.
 */
export function judgeReport(result: ExchangeResult, node: string, nowMs: number): Verdict {
  if (!result.ok) return { kind: 'later', reason: result.reason, afterMs: undefined };
  const { status } = result;
  const answer = objectOf(result.body);
  if (status === 200 || status === 201) {
    if (answer?.['node'] === node && typeof answer['timestamp'] === 'string') return { kind: 'delivered' };
    return { kind: 'later', reason: `the answer is not a Nester's (status ${status}); is there something in between?`, afterMs: undefined };
  }
  if (isInvalid(status) && isOwnVoice(result)) {
    return { kind: 'rejected', reason: detailOf(answer, status), timestamp: namesTimestamp(answer?.['errors']), nesterMs: clockOf(result) };
  }
  return refusalOf(result, answer, nowMs);
}

export function judgeBatch(result: ExchangeResult, count: number, nowMs: number): BatchVerdict {
  if (!result.ok) return { kind: 'later', reason: result.reason, afterMs: undefined };
  const answer = objectOf(result.body);
  if (result.status === 200) {
    const rejected = decodeBatchAnswer(answer, count);
    if (rejected !== undefined) return { kind: 'judged', rejected, nesterMs: clockOf(result) };
    return { kind: 'later', reason: 'the answer is not a Nester\'s (status 200); is there something in between?', afterMs: undefined };
  }
  // A proxy's 413 too: it may allow less than Nester.
  if (isInvalid(result.status)) return { kind: 'unfit', reason: detailOf(answer, result.status) };
  return refusalOf(result, answer, nowMs);
}

function refusalOf(
  { status, headers }: ExchangeResult & { ok: true },
  answer: Record<string, unknown> | undefined,
  nowMs: number,
): Exclude<Verdict, { kind: 'delivered' } | { kind: 'rejected' }> {
  if (status === 401) return { kind: 'unauthorised', reason: `${detailOf(answer, status)}; ${RIGHT_KEY}` };
  // Its own words tell whether it is the key that is wrong, or that there is no room for one more node.
  if (status === 403) return { kind: 'unauthorised', reason: detailOf(answer, status) };
  const afterMs = decodeRetryAfter(headers['retry-after'], nowMs);
  if (status >= 300 && status < 400) {
    const where = oneLine(headers['location'] ?? 'nowhere');
    return { kind: 'later', reason: `it redirects to ${where}, which is not followed; set NESTER to the final address`, afterMs };
  }
  if (status === 404 || status === 405) {
    return { kind: 'later', reason: `there is no Nester at this address (status ${status})`, afterMs };
  }
  return { kind: 'later', reason: detailOf(answer, status), afterMs };
}

const isInvalid = (status: number): boolean => status === 400 || status === 413 || status === 415 || status === 422;

/** The clock of who answered, by its `Date` (whole seconds, RFC 9110, 6.6.1). */
function clockOf({ headers }: ExchangeResult & { ok: true }): number | undefined {
  const ms = Date.parse(headers['date'] ?? '');
  return Number.isNaN(ms) ? undefined : ms;
}

/** JSON, or nothing at all; what proxies write is HTML or plain text. */
function isOwnVoice({ headers, body }: ExchangeResult & { ok: true }): boolean {
  return body === '' || /^application\/(?:[\w.-]+\+)?json\b/.test(headers['content-type'] ?? '');
}

/** Seconds or a date, as ms from now; `undefined` where nothing of use is said. */
export function decodeRetryAfter(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_RETRY_MS);
}

function decodeBatchAnswer(answer: Record<string, unknown> | undefined, count: number) {
  const { accepted, duplicates, rejected } = (answer ?? {}) as Partial<Record<keyof BatchAnswer, unknown>>;
  if (typeof accepted !== 'number' || typeof duplicates !== 'number' || !Array.isArray(rejected)) return undefined;
  // Every report must be accounted for, or none is taken as delivered.
  if (accepted + duplicates + rejected.length !== count || count > LIMITS.batchReports) return undefined;
  const reasons = new Map<number, Rejection>();
  for (const entry of rejected as unknown[]) {
    const { index, status, errors } = (entry ?? {}) as Record<string, unknown>;
    if (typeof index !== 'number' || !Number.isInteger(index) || index < 0 || index >= count) return undefined;
    reasons.set(index, { reason: errorsOf(errors) || 'no reason given', timestamp: namesTimestamp(errors), forbidden: status === 403 });
  }
  return reasons.size === rejected.length ? reasons : undefined;
}

/** What Nester says is wrong, in one line. */
export function errorsOf(errors: unknown): string {
  if (!Array.isArray(errors)) return '';
  const lines = (errors as unknown[]).slice(0, 3).map((error) => {
    const { path, message } = (error ?? {}) as Record<string, unknown>;
    return [path, message].filter((part) => typeof part === 'string' && part !== '').join(': ');
  });
  return oneLine(lines.join('; '));
}

/** Whether the time is all that is wrong. */
export function namesTimestamp(errors: unknown): boolean {
  return (
    Array.isArray(errors) &&
    errors.length > 0 &&
    (errors as unknown[]).every((error) => (error as { path?: unknown } | null)?.path === 'timestamp')
  );
}

function detailOf(answer: Record<string, unknown> | undefined, status: number): string {
  const errors = errorsOf(answer?.['errors']);
  const detail = typeof answer?.['detail'] === 'string' ? oneLine(answer['detail']) : '';
  const title = typeof answer?.['title'] === 'string' ? oneLine(answer['title']) : '';
  return `status ${status}${errors || detail || title ? `: ${errors || detail || title}` : ''}`;
}

function objectOf(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
