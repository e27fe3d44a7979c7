import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import type { RequestListener } from 'node:http';
import type { Gate, Gates } from '../auth/gates.ts';
import type { People } from '../auth/people/people.ts';
import { sendProblem } from '../http/problem.ts';
import { API_HEADERS } from '../http/security-headers.ts';
import type { AddressRules } from '../http/asked-address.ts';
import { createDownloadHandlers } from './downloads.ts';
import { createHealthHandlers } from './health.ts';
import { createKeyHandlers, type KeysDeps } from './keys.ts';
import { createLoginHandlers, createSessionHandler } from './login.ts';
import { createHistoryHandlers, type HistoryApiDeps } from './history.ts';
import { sendLoginPage } from './login-page.ts';
import { createHostHandlers, type HostHandlersDeps } from './hosts.ts';
import { createNodeHandlers, type NodesDeps } from './nodes.ts';
import { createServePage, type Page } from './page.ts';
import { createPastHandlers, type PastHandlersDeps } from './past.ts';
import { createReportsHandler, type ReportsDeps } from './reports.ts';
import { createRoutes, type Route } from './routes.ts';
import type { Downloads } from '../downloads.ts';
import type { ReportStore } from '../store/report-store.ts';

export interface AppDeps
  extends
    Omit<NodesDeps, 'past'>,
    Omit<ReportsDeps, 'store'>,
    Omit<HistoryApiDeps, 'fleet'>,
    Omit<PastHandlersDeps, 'fleet'>,
    Omit<HostHandlersDeps, 'fleet'>,
    AddressRules {
  store: ReportStore;
  page: Page;
  downloads: Downloads;
  gates: Gates;
  /** Absent: nobody needs to log in. */
  people: People | undefined;
  /** Whether a report without a key would be refused. */
  reportsNeedKey: () => boolean;
  siteKeys: KeysDeps['siteKeys'];
  isStopping: () => boolean;
  log: { error(details: object, message: string): void };
}

/**
 * Everything that is asked of Nester over HTTP, but for the doors through which reports come.
 * Throws (`BUG: `) if a route does not say what it asks.
 */
export function createApp(deps: AppDeps): RequestListener {
  const { page, downloads, gates, people, store, isStopping, log } = deps;
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
  app.set('trust proxy', deps.trust);

  const routes = createRoutes(app, gates);
  const reading = <Parameters>(answer: Route<Parameters>['answer']) => ({ GET: { asks: 'read' as const, answer } });
  routes.use((_request, response, next) => {
    response.set(API_HEADERS);
    next();
  });
  routes.add('/api/reports', reading(createReportsHandler(deps)), ['POST']);
  routes.add('/api/nodes', reading(nodes.all));
  routes.add<OfNode>('/api/nodes/:node', { ...reading(nodes.one), DELETE: { asks: 'forget', answer: nodes.forget } });
  routes.add<OfNode>('/api/nodes/:node/measure', { POST: { asks: 'measure', answer: nodes.measureNow } });
  routes.add<OfNode>('/api/nodes/:node/history', reading(history.values));
  routes.add<OfNode>('/api/nodes/:node/series', reading(history.series));
  routes.add('/api/sparklines', reading(history.sparklines));
  routes.add<OfNode>('/api/nodes/:node/availability', reading(past.availability));
  routes.add<OfNode>('/api/nodes/:node/events', reading(past.events));
  routes.add<OfNode>('/api/nodes/:node/hosts', reading(hosts.ofNode));
  routes.add('/api/hosts', reading(hosts.search));
  routes.add('/healthz', { GET: { asks: 'public', answer: health.alive } });
  routes.add('/readyz', { GET: { asks: 'public', answer: health.ready } });
  routes.add('/api/session', reading(createSessionHandler(deps)));
  if (people) {
    const login = createLoginHandlers({ ...deps, people });
    routes.add('/login', { GET: { asks: 'public', answer: login.page }, POST: { asks: 'public', answer: login.login } });
    routes.add('/logout', { POST: { asks: 'public', answer: login.logout } });
    const keys = createKeyHandlers(deps);
    routes.add('/api/keys', { GET: { asks: 'manage keys', answer: keys.all }, POST: { asks: 'manage keys', answer: keys.add } });
    routes.add<{ name: string }>('/api/keys/:name', { DELETE: { asks: 'manage keys', answer: keys.revoke } });
  }
  // No secret, and asked for by machines that have no login: whoever installs a Harvester has at most a key to write with.
  for (const [path, answer] of createDownloadHandlers(downloads, deps)) routes.add(path, { GET: { asks: 'public', answer } });
  for (const path of ['/ws', '/ws/agent']) {
    routes.addRefusal(path, (_request, response) => {
      sendProblem(response, { status: 426, detail: 'Here is a WebSocket.', headers: { Upgrade: 'websocket', Connection: 'Upgrade' } });
    });
  }
  routes.use(createPageHandler(page, gates.open('GET /', 'read'), people !== undefined));
  routes.check();
  // It has four parameters, and answers nothing but what failed.
  app.use(createErrorHandler(log));
  return (request, response) => void app(request, response);
}

interface OfNode {
  node: string;
}

/** Last, because anything that is not an asset has no answer. */
function createPageHandler(page: Page, gate: Gate, needsLogin: boolean): RequestHandler {
  const servePage = createServePage(page);
  return (request, response) => {
    const path = pathOf(request.path);
    if (request.method === 'GET' || request.method === 'HEAD') {
      const verdict = gate.ask(request);
      if (!verdict.ok) {
        if (needsLogin && PLACES.has(path)) sendLoginPage(response, { request, status: 401 });
        else sendProblem(response, verdict.refusal);
        return;
      }
      if (servePage(path, request, response)) return;
    } else if (page.has(path)) {
      sendProblem(response, { status: 405, detail: 'Here are only GET, HEAD.', headers: { Allow: 'GET, HEAD' } });
      return;
    }
    const isUnbuilt = path === '/' && page.size === 0;
    sendProblem(response, { status: 404, detail: isUnbuilt ? 'The page was not built: npm run build.' : 'There is nothing here.' });
  };
}

/** What people open. Of whatever the page needs, they first get a place to log in. */
const PLACES = new Set(['/', '/nodes/']);

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
