import type { Request, Response } from 'express';
import { readInteger } from '../../protocol/settings.ts';
import { formatTimestamp } from '../../protocol/timestamp.ts';
import { sendProblem } from '../http/problem.ts';
import type { Past } from '../past/past.ts';
import type { Fleet } from '../state/fleet.ts';
import { type ParameterReader, readTime } from './parameters.ts';
import { isRefused, readerOf } from './question.ts';
import { streamBody } from './stream-body.ts';
import { UNKNOWN_NODE } from './unknown-node.ts';

export interface PastHandlersDeps {
  past: Pick<Past, 'statesAt' | 'stateAt' | 'availability' | 'changes'>;
  fleet: Pick<Fleet, 'get'>;
  /** Epoch ms. */
  now: () => number;
}

const DAY_MS = 86_400_000;
const MOST_SLOTS = 1_000;
const MOST_CHANGES = 10_000;

/** What was: the fleet at a moment, and the statuses of a node over time. */
export function createPastHandlers({ past, fleet, now }: PastHandlersDeps) {
  /** Reads `at`. Answers, and returns `undefined`, when it makes no sense. */
  function momentOf(request: Request, response: Response): number | undefined {
    const reader = readerOf(request);
    const at = reader.read('at', readTime);
    if (at !== undefined && at > now()) reader.refuse('at', `expected a time that has come, and here it is ${formatTimestamp(now())}`);
    return isRefused(reader, response) ? undefined : at;
  }

  /** Reads `from` and `to`; nothing is known of the future. */
  function rangeOf(reader: ParameterReader, defaultMs: number): { from: number; to: number } {
    const to = Math.min(reader.read('to', readTime) ?? now(), now());
    const given = reader.read('from', readTime);
    const from = given ?? Math.max(0, to - defaultMs);
    if (from > to) reader.refuse('from', `expected a time before ${formatTimestamp(to)}`);
    return { from, to };
  }

  async function statesAt(request: Request, response: Response): Promise<void> {
    const at = momentOf(request, response);
    if (at === undefined) return;
    setHeaders(response);
    if (request.method === 'HEAD') response.end();
    else await streamBody(response, past.statesAt(at));
  }

  async function stateAt(request: Request<{ node: string }>, response: Response): Promise<void> {
    const at = momentOf(request, response);
    if (at === undefined) return;
    const state = await past.stateAt(request.params.node, at);
    if (state) send(response, state);
    else sendProblem(response, fleet.get(request.params.node) ? { status: 404, detail: 'This node was not known then.' } : UNKNOWN_NODE);
  }

  function availability(request: Request<{ node: string }>, response: Response): void {
    const { node } = request.params;
    const reader = readerOf(request);
    const { from, to } = rangeOf(reader, DAY_MS);
    const points = reader.read('points', readInteger(1, MOST_SLOTS));
    if (isRefused(reader, response) || !isKnown(node, response)) return;
    if (points === undefined) {
      const { online, late, offline, paused, unknown } = past.availability(node, from, to, 1);
      send(response, { node, from, to, online: online[0], late: late[0], offline: offline[0], paused: paused[0], unknown: unknown[0] });
    } else send(response, { node, from, to, ...past.availability(node, from, to, points) });
  }

  function events(request: Request<{ node: string }>, response: Response): void {
    const { node } = request.params;
    const reader = readerOf(request);
    const { from, to } = rangeOf(reader, Infinity);
    if (isRefused(reader, response) || !isKnown(node, response)) return;
    const { events: changes, cut } = past.changes(node, from, to, MOST_CHANGES);
    send(response, cut ? { events: changes, cut } : { events: changes });
  }

  function isKnown(node: string, response: Response): boolean {
    if (fleet.get(node)) return true;
    sendProblem(response, UNKNOWN_NODE);
    return false;
  }

  return { statesAt, stateAt, availability, events };
}

function setHeaders(response: Response): void {
  response.setHeader('Content-Type', 'application/json');
  response.setHeader('Cache-Control', 'no-cache');
}

function send(response: Response, answer: object): void {
  const body = JSON.stringify(answer);
  setHeaders(response);
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.end(body);
}
