import type { Request, RequestHandler, Response } from 'express';
import { type Refusal, sendProblem } from '../http/problem.ts';
import type { History } from '../history/history.ts';
import type { Fleet } from '../state/fleet.ts';
import { decodeHistoryRequest, decodeSparklinesRequest } from './history-request.ts';

export interface HistoryApiDeps {
  history: Pick<History, 'values' | 'series' | 'averages'>;
  fleet: Pick<Fleet, 'get'>;
  /** Epoch ms. */
  now: () => number;
}

/** Charts: `/api/nodes/:node/history`, `/api/nodes/:node/series` and `/api/sparklines`. */
export function createHistoryHandlers({ history, fleet, now }: HistoryApiDeps) {
  /** Answers for a known node; every answer is of this moment. */
  function ofNode(answer: (node: string, request: Request, response: Response) => Promise<void>): RequestHandler<{ node: string }> {
    return async (request, response) => {
      const { node } = request.params;
      if (fleet.get(node) === undefined) sendProblem(response, UNKNOWN_NODE);
      else await answer(node, request, response);
    };
  }

  const values = ofNode(async (node, request, response) => {
    const decoded = decodeHistoryRequest(parametersOf(request), now());
    if (!decoded.ok) {
      sendProblem(response, { ...BAD_QUESTION, errors: decoded.errors });
      return;
    }
    const { series, fromMs, toMs, points } = decoded.value;
    const { step, ...columns } = await history.values({ node, series, fromMs, toMs, points });
    send(response, { ...series, from: fromMs, to: toMs, step, ...columns });
  });

  const series = ofNode(async (node, _request, response) => {
    send(response, { series: await history.series(node) });
  });

  const sparklines: RequestHandler = async (request, response) => {
    const decoded = decodeSparklinesRequest(parametersOf(request));
    if (!decoded.ok) {
      sendProblem(response, { ...BAD_QUESTION, errors: decoded.errors });
      return;
    }
    const { metric, nodes, minutes, points } = decoded.value;
    const toMs = now();
    const stepMs = Math.max(1, Math.round((minutes * 60_000) / points));
    const startMs = (Math.floor(toMs / stepMs) - points + 1) * stepMs;
    const known = nodes.filter((node) => fleet.get(node) !== undefined);
    const averages = await history.averages({ metric }, known, { startMs, stepMs, count: points });
    send(response, { metric, from: startMs, to: toMs, step: stepMs, nodes: Object.fromEntries(averages) });
  };

  return { values, series, sparklines };
}

const UNKNOWN_NODE: Refusal = { status: 404, detail: 'No node of this name is known.' };
const BAD_QUESTION: Refusal = { status: 400, detail: 'The question is not valid.' };

function parametersOf(request: Request): URLSearchParams {
  return new URL(request.originalUrl, 'http://nester').searchParams;
}

function send(response: Response, body: object): void {
  response.setHeader('Cache-Control', 'no-store');
  response.json(body);
}
