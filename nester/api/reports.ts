import type { Request, Response } from 'express';
import { setTimeout as pause } from 'node:timers/promises';
import { sendProblem } from '../http/problem.ts';
import { RETRY_SECONDS } from '../http/unavailable.ts';
import type { ReportQuery, ReportStore } from '../store/report-store.ts';
import { etagOf, isKnown } from './etag.ts';
import { REPORT_FORMS, type ReportForm } from './report-forms.ts';
import { decodeReportRequest, type ReportFormat } from './report-request.ts';
import { streamBody } from './stream-body.ts';
import type { WaitingRoom } from './waiting-room.ts';

export interface ReportsDeps {
  store: Pick<ReportStore, 'select' | 'version'>;
  waitingRoom: WaitingRoom;
}

/** Least time between two looks of one long poll: under a stream of other nodes' reports it costs little. */
const LOOK_AGAIN_MS = 50;

/** `GET /api/reports`. */
export function createReportsHandler({ store, waitingRoom }: ReportsDeps) {
  return async function reports(request: Request, response: Response): Promise<void> {
    const { searchParams } = new URL(request.originalUrl, 'http://nester');
    const decoded = decodeReportRequest(searchParams, preferredFormat(request));
    if (!decoded.ok) {
      sendProblem(response, { status: 400, detail: 'The question is not valid.', errors: decoded.errors });
      return;
    }
    const { query, format, waitMs } = decoded.value;
    const form = REPORT_FORMS[format];
    response.setHeader('Vary', 'Accept');
    if (waitMs > 0) {
      if (waitingRoom.isFull()) {
        sendProblem(response, {
          status: 503,
          detail: 'Too many are waiting already. Ask without wait, or again later.',
          headers: { 'Retry-After': String(RETRY_SECONDS) },
        });
        return;
      }
      response.setHeader('Cache-Control', 'no-store');
      const gone = new AbortController();
      response.once('close', () => gone.abort());
      // Whoever waits for news is not stalled.
      const { socket } = request;
      const stalledMs = socket.timeout ?? 0;
      socket.setTimeout(0);
      const found = await lookAndWait(query, form, waitMs, gone.signal).finally(() => socket.setTimeout(stalledMs));
      if (found) await send(response, form, found);
      return;
    }
    const etag = etagOf(store.version(), format, JSON.stringify(query));
    response.setHeader('ETag', etag);
    response.setHeader('Cache-Control', 'no-cache');
    if (isKnown(etag, request.headers['if-none-match'])) response.status(304).end();
    else await send(response, form, await look(query, form));
  };

  /** Asks the store and reads up to the first report. `first` is `undefined` when there is none. */
  async function look(query: ReportQuery, form: ReportForm) {
    const version = store.version();
    const selection = store.select(query);
    const rest = form.pieces(selection);
    const next = await rest.next();
    return { version, cursor: selection.cursor, cursorKnown: selection.cursorKnown, first: next.done ? undefined : next.value, rest };
  }

  /** Looks until there is something or the time is over; `undefined` when the asker is gone. */
  async function lookAndWait(query: ReportQuery, form: ReportForm, waitMs: number, gone: AbortSignal) {
    const untilMs = performance.now() + waitMs;
    let found = await look(query, form);
    while (found.first === undefined && found.cursorKnown) {
      // What came while the store was being read has been announced already.
      const isNews = found.version !== store.version() || (await waitingRoom.wait(untilMs - performance.now(), gone));
      if (gone.aborted) return undefined;
      if (!isNews) break;
      found = await look({ ...query, after: found.cursor }, form);
      if (found.first === undefined) await pause(LOOK_AGAIN_MS);
    }
    return found;
  }

  async function send(response: Response, form: ReportForm, found: Awaited<ReturnType<typeof look>>): Promise<void> {
    response.setHeader('Content-Type', form.contentType);
    response.setHeader('Nester-Cursor', found.cursor);
    // The asker wanted what came since, and gets the whole.
    if (!found.cursorKnown) response.setHeader('Nester-Cursor-Unknown', 'true');
    if (form === REPORT_FORMS.csv) response.setHeader('Content-Disposition', 'attachment; filename="reports.csv"');
    if (response.req.method === 'HEAD') {
      await found.rest.return(undefined);
      response.end();
      return;
    }
    await streamBody(response, chunksOf(form, found));
  }
}

async function* chunksOf(form: ReportForm, { first, rest }: { first: Buffer | undefined; rest: AsyncGenerator<Buffer> }): AsyncGenerator<Buffer> {
  try {
    yield form.head;
    if (first === undefined) {
      yield form.nothing;
      return;
    }
    yield first;
    yield* rest;
    yield form.tail;
  } finally {
    await rest.return(undefined);
  }
}

/** By the `Accept` header, where it prefers one of the other formats over JSON. */
function preferredFormat(request: Request): ReportFormat {
  switch (request.accepts(['application/json', 'application/x-ndjson', 'text/csv'])) {
    case 'application/x-ndjson':
      return 'ndjson';
    case 'text/csv':
      return 'csv';
    default:
      return 'json';
  }
}
