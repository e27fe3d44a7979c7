import * as z from 'zod';
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
  | { type: 'snapshot'; protocol: number; cursor: string; serverTime: number; nodes: NodeState[] }
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
  /** The report is not valid; sending it again is of no use. */
  | { type: 'reject'; id: number; errors: InputError[] }
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

const id = z.int().nonnegative();
const errors = z.array(z.object({ path: z.string(), message: z.string() }));
const answer = z.discriminatedUnion('type', [
  z.object({ type: z.literal('welcome'), protocol: z.number(), serverTime: z.number() }),
  z.object({ type: z.literal('ack'), id, duplicate: z.boolean() }),
  z.object({ type: z.literal('reject'), id, errors }),
  z.object({ type: z.literal('retry'), id, after: z.number().nonnegative() }),
  z.object({ type: z.literal('measure') }),
  z.object({ type: z.literal('error'), message: z.string() }),
]);

/** A frame from Nester, read by a Harvester. An unknown type is refused, and may be ignored. */
export function decodeAgentAnswer(text: string): Decoded<AgentAnswer> {
  const json = decodeJson(text);
  if (!json.ok) return json;
  const result = answer.safeParse(json.value);
  if (result.success) return { ok: true, value: result.data };
  const [issue] = result.error.issues;
  if (issue?.code === 'invalid_union') return refused(`expected a type of frame that is known, got ${shownType(json.value)}`, 'type');
  return refused(issue?.message ?? 'not a frame', issue?.path.join('.'));
}

/**
 * A frame from a Harvester, read by Nester. The report inside is not looked at: that is
 * `decodeReport`'s, so that a bad report can be rejected by its `id`.
 */
export function decodeReportFrame(text: string): Decoded<{ id: number; report: unknown }> {
  const json = decodeJson(text);
  if (!json.ok) return json;
  const frame = json.value;
  if (typeof frame !== 'object' || frame === null || Array.isArray(frame)) return refused('expected a JSON object');
  if (!('type' in frame) || frame.type !== 'report') return refused(`expected type "report", got ${shownType(frame)}`, 'type');
  const id = 'id' in frame ? frame.id : undefined;
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0) {
    return refused(`expected a whole number >= 0, got ${shown(id)}`, 'id');
  }
  return { ok: true, value: { id, report: 'report' in frame ? frame.report : undefined } };
}

function shownType(frame: unknown): string {
  return shown(typeof frame === 'object' && frame !== null && 'type' in frame ? frame.type : undefined);
}

/** A value from JSON as an error may quote it: short, on one line, no character cut in two. */
function shown(value: unknown): string {
  if (value === undefined) return 'none';
  return JSON.stringify(value).slice(0, 40).replace(/[\p{Cc}\p{Cs}]/gu, '?');
}
