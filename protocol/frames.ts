import { type Decoded, type InputError, refused } from './decoded.ts';
import { decodeJson } from './json.ts';
import type { LiveReport, NodeState } from './node-state.ts';
import type { Report } from './report.ts';

/**
 * WebSocket frames: text, one JSON object each, `type` first. Receivers ignore types they do
 * not know (clients) or answer them with `error` (Nester).
 */

/** Nester -> viewer, on `/ws`. */
export type ViewerFrame =
  /** `page`: name of the script of the page that this Nester serves, so that an older page knows. */
  | { type: 'snapshot'; protocol: number; cursor: string; serverTime: number; page?: string; nodes: NodeState[] }
  | { type: 'reports'; cursor: string; reports: LiveReport[] }
  | { type: 'nodes'; nodes: NodeState[] }
  | { type: 'removed'; nodes: string[] }
  | ErrorFrame;

/** Harvester -> Nester, on `/ws/agent`. `id` is the sender's, unique among its unanswered reports. */
export interface ReportFrame {
  type: 'report';
  id: number;
  report: Report;
}

/** Nester -> Harvester, on `/ws/agent`. */
export type AgentAnswer =
  | { type: 'welcome'; protocol: number; serverTime: number }
  /** The report is on disk. */
  | { type: 'ack'; id: number; duplicate: boolean }
  /**
   * The report is not valid; sending it again is of no use. `status` 403: this key may not report
   * for that node; with another it may be taken.
   */
  | { type: 'reject'; id: number; status?: 403; errors: InputError[] }
  /** The report could not be kept now; send it again after so many seconds. */
  | { type: 'retry'; id: number; after: number }
  /** Measure now. Carries no argument, and never will. */
  | { type: 'measure' }
  | ErrorFrame;

/** Nester -> anyone: what was sent was not understood. */
export interface ErrorFrame {
  type: 'error';
  message: string;
}

const isId = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;
const isNumber = (value: unknown): boolean => Number.isFinite(value);
const isSpan = (value: unknown): boolean => isNumber(value) && Number(value) >= 0;
const isFlag = (value: unknown): boolean => typeof value === 'boolean';
const isText = (value: unknown): boolean => typeof value === 'string';

/** What each answer carries. By hand, so that a Harvester does without the schema library. */
const ANSWERS: Record<AgentAnswer['type'], Record<string, { expected: string; is: (value: unknown) => boolean }>> = {
  welcome: { protocol: { expected: 'a number', is: isNumber }, serverTime: { expected: 'a number', is: isNumber } },
  ack: { id: { expected: 'a whole number >= 0', is: isId }, duplicate: { expected: 'true or false', is: isFlag } },
  reject: { id: { expected: 'a whole number >= 0', is: isId }, errors: { expected: 'an array', is: Array.isArray } },
  retry: { id: { expected: 'a whole number >= 0', is: isId }, after: { expected: 'a number >= 0', is: isSpan } },
  measure: {},
  error: { message: { expected: 'a text', is: isText } },
};
const ERROR = { path: { expected: 'a text', is: isText }, message: { expected: 'a text', is: isText } };

/** A frame from Nester, read by a Harvester. An unknown type is refused, and may be ignored. */
export function decodeAgentAnswer(text: string): Decoded<AgentAnswer> {
  const json = decodeJson(text);
  if (!json.ok) return json;
  const frame = json.value;
  if (!isRecord(frame)) return refused('expected a JSON object');
  const { type } = frame;
  if (!isAnswerType(type)) return refused(`expected a type of frame that is known, got ${shownType(frame)}`, 'type');
  const answer = pick(frame, ANSWERS[type], '');
  if (!answer.ok) return answer;
  if (type === 'reject') {
    const errors: unknown[] = [];
    for (const [at, error] of (answer.value['errors'] as unknown[]).entries()) {
      const inner = isRecord(error) ? pick(error, ERROR, `errors.${at}.`) : refused('expected an object', `errors.${at}`);
      if (!inner.ok) return inner;
      errors.push(inner.value);
    }
    answer.value['errors'] = errors;
    if (frame['status'] === 403) answer.value['status'] = 403;
  }
  // Each field was held against the table of its type.
  return { ok: true, value: { type, ...answer.value } as AgentAnswer };
}

function isAnswerType(type: unknown): type is AgentAnswer['type'] {
  return typeof type === 'string' && Object.hasOwn(ANSWERS, type);
}

/** The fields of a table and no others; refused at the first that is not as it says. */
function pick(from: Record<string, unknown>, table: (typeof ANSWERS)[AgentAnswer['type']], path: string): Decoded<Record<string, unknown>> {
  const picked: Record<string, unknown> = {};
  for (const [name, { expected, is }] of Object.entries(table)) {
    const value = from[name];
    if (!is(value)) return refused(`expected ${expected}, got ${shown(value)}`, `${path}${name}`);
    picked[name] = value;
  }
  return { ok: true, value: picked };
}

/**
 * A frame from a Harvester, read by Nester. The report inside is not looked at: that is
 * `decodeReport`'s, so that a bad report can be rejected by its `id`.
 */
export function decodeReportFrame(text: string, depth?: number): Decoded<{ id: number; report: unknown }> {
  const json = decodeJson(text, depth);
  if (!json.ok) return json;
  const frame = json.value;
  if (!isRecord(frame)) return refused('expected a JSON object');
  if (frame['type'] !== 'report') return refused(`expected type "report", got ${shownType(frame)}`, 'type');
  const { id } = frame;
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0) {
    return refused(`expected a whole number >= 0, got ${shown(id)}`, 'id');
  }
  return { ok: true, value: { id, report: frame['report'] } };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shownType(frame: unknown): string {
  return shown(typeof frame === 'object' && frame !== null && 'type' in frame ? frame.type : undefined);
}

/** A value from JSON as an error may quote it: short, on one line, no character cut in two. */
function shown(value: unknown): string {
  if (value === undefined) return 'none';
  return JSON.stringify(value).slice(0, 40).replace(/[\p{Cc}\p{Cs}]/gu, '?');
}
