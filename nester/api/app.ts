import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import { sendProblem } from '../http/problem.ts';
import { API_HEADERS } from '../http/security-headers.ts';
import type { TrustProxy } from '../http/trust-proxy.ts';
import { createHealthHandlers } from './health.ts';
import { createHistoryHandlers, type HistoryApiDeps } from './history.ts';
import { createHostHandlers, type HostHandlersDeps } from './hosts.ts';
import { createNodeHandlers, type NodesDeps } from './nodes.ts';
import { createServePage, type Page } from './page.ts';
import { createPastHandlers, type PastHandlersDeps } from './past.ts';
import { createReportsHandler, type ReportsDeps } from './reports.ts';
import type { ReportStore } from '../store/report-store.ts';

export interface AppDeps
  extends
    Omit<NodesDeps, 'past'>,
    Omit<ReportsDeps, 'store'>,
    Omit<HistoryApiDeps, 'fleet'>,
    Omit<PastHandlersDeps, 'fleet'>,
    Omit<HostHandlersDeps, 'fleet'> {
  store: ReportStore;
  page: Page;
  trust: TrustProxy;
  isStopping: () => boolean;
  log: { error(details: object, message: string): void };
}

/** Everything that is asked of Nester over HTTP, but for the doors through which reports come. */
export function createApp(deps: AppDeps): Express {
  const { page, trust, store, isStopping, log } = deps;
  const history = createHistoryHandlers(deps);
  const past = createPastHandlers(deps);
  const nodes = createNodeHandlers({ ...deps, past });
  const hosts = createHostHandlers(deps);
  const health = createHealthHandlers(store, isStopping);
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.enable('case sensitive routing');
  app.set('query parser', false);
  app.set('trust proxy', trust);

  app.use((_request, response, next) => {
    response.set(API_HEADERS);
    next();
  });
  app.route('/api/reports').get(createReportsHandler(deps)).all(onlyWith('GET, HEAD, POST'));
  app.route('/api/nodes').get(nodes.all).all(onlyWith('GET, HEAD'));
  app.route('/api/nodes/:node').get(nodes.one).delete(nodes.forget).all(onlyWith('GET, HEAD, DELETE'));
  app.route('/api/nodes/:node/measure').post(nodes.measureNow).all(onlyWith('POST'));
  app.route('/api/nodes/:node/history').get(history.values).all(onlyWith('GET, HEAD'));
  app.route('/api/nodes/:node/series').get(history.series).all(onlyWith('GET, HEAD'));
  app.route('/api/sparklines').get(history.sparklines).all(onlyWith('GET, HEAD'));
  app.route('/api/nodes/:node/availability').get(past.availability).all(onlyWith('GET, HEAD'));
  app.route('/api/nodes/:node/events').get(past.events).all(onlyWith('GET, HEAD'));
  app.route('/api/nodes/:node/hosts').get(hosts.ofNode).all(onlyWith('GET, HEAD'));
  app.route('/api/hosts').get(hosts.search).all(onlyWith('GET, HEAD'));
  app.route('/healthz').get(health.alive).all(onlyWith('GET, HEAD'));
  app.route('/readyz').get(health.ready).all(onlyWith('GET, HEAD'));
  app.route(['/ws', '/ws/agent']).all((_request, response) => {
    sendProblem(response, { status: 426, detail: 'Here is a WebSocket.', headers: { Upgrade: 'websocket', Connection: 'Upgrade' } });
  });
  app.use(createPageHandler(page));
  app.use(createErrorHandler(log));
  return app;
}

function onlyWith(methods: string): RequestHandler {
  return (_request, response) => {
    sendProblem(response, { status: 405, detail: `Here are only ${methods}.`, headers: { Allow: methods } });
  };
}

/** Last, because anything that is not an asset has no answer. */
function createPageHandler(page: Page): RequestHandler {
  const servePage = createServePage(page);
  return (request, response) => {
    const path = pathOf(request.path);
    if (request.method === 'GET' || request.method === 'HEAD') {
      if (servePage(path, request, response)) return;
    } else if (page.has(path)) {
      sendProblem(response, { status: 405, detail: 'Here are only GET, HEAD.', headers: { Allow: 'GET, HEAD' } });
      return;
    }
    const isUnbuilt = path === '/' && page.size === 0;
    sendProblem(response, { status: 404, detail: isUnbuilt ? 'The page was not built: npm run build.' : 'There is nothing here.' });
  };
}

/** Every node has a page of its own address, which finds out by itself whose it is. */
function pathOf(path: string): string {
  const isNode = /^\/nodes\/[^/]+$/.test(path);
  return isNode ? '/nodes/' : decodeURIComponent(path);
}

function createErrorHandler(log: AppDeps['log']): ErrorRequestHandler {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- Express knows an error handler by its four parameters
  return (error: unknown, request, response, _next) => {
    if (error instanceof URIError || isBadRequest(error)) {
      sendProblem(response, { status: 400, detail: 'The address is not a valid URI.' });
      return;
    }
    log.error({ err: error, method: request.method, path: request.path }, 'a request ended in an unexpected error');
    // What was sent cannot be taken back; cut off, it cannot be taken for the whole.
    if (response.headersSent) response.destroy();
    else sendProblem(response, { status: 500, detail: 'Something went wrong here.' });
  };
}

/** The router's own refusals, such as of a parameter that cannot be decoded. */
function isBadRequest(error: unknown): boolean {
  return error instanceof Error && 'status' in error && error.status === 400;
}
