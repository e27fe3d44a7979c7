import type { Request, Response } from 'express';
import { type Refusal, sendProblem } from '../http/problem.ts';
import { isStoreUnavailable, NOT_WRITABLE } from '../http/unavailable.ts';
import type { Fleet } from '../state/fleet.ts';
import type { ReportStore } from '../store/report-store.ts';
import { etagOf, isKnown } from './etag.ts';
import { parametersOf } from './question.ts';
import { streamBody } from './stream-body.ts';
import { UNKNOWN_NODE } from './unknown-node.ts';

export interface NodesDeps {
  fleet: Pick<Fleet, 'get' | 'all' | 'version'>;
  /** Forgets a node and everything kept of it, on disk too; whether it was known. */
  forgetNode: ReportStore['forget'];
  /** Answer for a moment of the past, when `at` is asked. */
  past: {
    statesAt: (request: Request, response: Response) => Promise<void>;
    stateAt: (request: Request<{ node: string }>, response: Response) => Promise<void>;
  };
  /** Asks the agents that speak for a node to measure now. Returns whether there was one. */
  measure: (node: string) => boolean;
  /** Tells one run of Nester from another: versions of the fleet begin anew with each. */
  run: string;
}

/** States written in one go, before everything else gets its turn. */
const AT_ONCE = 250;

/** `/api/nodes`: the state of the fleet. */
export function createNodeHandlers({ fleet, forgetNode, past, measure, run }: NodesDeps) {
  /** Sets the validator of an answer. Returns whether the asker has that answer already, and was told so. */
  function answeredByEtag(request: Request, response: Response, etag: string): boolean {
    response.setHeader('Content-Type', 'application/json');
    response.setHeader('Cache-Control', 'no-cache');
    response.setHeader('ETag', etag);
    if (!isKnown(etag, request.headers['if-none-match'])) return false;
    response.removeHeader('Content-Type');
    response.status(304).end();
    return true;
  }

  async function all(request: Request, response: Response): Promise<void> {
    if (asksForThePast(request)) {
      await past.statesAt(request, response);
      return;
    }
    if (answeredByEtag(request, response, etagOf(run, fleet.version()))) return;
    if (request.method === 'HEAD') response.end();
    else await streamBody(response, chunksOf(fleet.all()));
  }

  async function one(request: Request<{ node: string }>, response: Response): Promise<void> {
    if (asksForThePast(request)) {
      await past.stateAt(request, response);
      return;
    }
    const state = fleet.get(request.params.node);
    if (state === undefined) {
      sendProblem(response, UNKNOWN_NODE);
      return;
    }
    const body = JSON.stringify(state);
    if (answeredByEtag(request, response, etagOf(body))) return;
    response.setHeader('Content-Length', Buffer.byteLength(body));
    response.end(body);
  }

  async function forget(request: Request<{ node: string }>, response: Response): Promise<void> {
    try {
      if (await forgetNode(request.params.node)) response.status(204).end();
      else sendProblem(response, UNKNOWN_NODE);
    } catch (error) {
      if (!isStoreUnavailable(error)) throw error;
      sendProblem(response, { ...NOT_WRITABLE, detail: 'This cannot be written now, and nothing was forgotten. Try again later.' });
    }
  }

  /** 202: asked. What comes of it is a report like any other. */
  function measureNow(request: Request<{ node: string }>, response: Response): void {
    const { node } = request.params;
    if (!fleet.get(node)) sendProblem(response, UNKNOWN_NODE);
    else if (measure(node)) response.status(202).json({ node });
    else sendProblem(response, NOT_CONNECTED);
  }

  return { all, one, forget, measureNow };
}

/** Most ask for now, and have no parameters at all. */
function asksForThePast(request: Pick<Request, 'originalUrl'>): boolean {
  return request.originalUrl.includes('?') && parametersOf(request).has('at');
}

const NOT_CONNECTED: Refusal = { status: 409, detail: 'No Harvester of this node is connected just now, so none can be asked.' };

// eslint-disable-next-line @typescript-eslint/require-await -- a stream of chunks, whose reader decides when it goes on
async function* chunksOf(states: readonly object[]): AsyncGenerator<Buffer> {
  for (let at = 0; at < states.length; at += AT_ONCE) {
    const slice = JSON.stringify(states.slice(at, at + AT_ONCE));
    yield Buffer.from(`${at === 0 ? '[' : ','}${slice.slice(1, -1)}`);
  }
  yield Buffer.from(states.length === 0 ? '[]' : ']');
}
