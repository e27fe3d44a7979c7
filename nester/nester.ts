import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createApp } from './api/app.ts';
import { type Page, scriptOf } from './api/page.ts';
import { createViewerDoor } from './api/viewer-door.ts';
import { createWaitingRoom } from './api/waiting-room.ts';
import { createAuth } from './auth/auth.ts';
import type { Gate } from './auth/gates.ts';
import { createSocketDoors } from './auth/socket-doors.ts';
import { createAudience } from './audience.ts';
import type { Config } from './config.ts';
import type { Downloads } from './downloads.ts';
import { createHistory } from './history/history.ts';
import { takeBasePath } from './http/base-path.ts';
import { createBrowserGuard } from './http/browser-guard.ts';
import { clientAddress, type Sender } from './http/client-address.ts';
import { answerProblem } from './http/fast-lane.ts';
import { createHostRule } from './http/host-rule.ts';
import { type Certificate, createHttpServer } from './http/http-server.ts';
import { createOriginRule } from './http/origin-rule.ts';
import { sendProblem } from './http/problem.ts';
import { refuseUpgrade } from './http/socket-server.ts';
import type { Limits } from './limits.ts';
import { createLive } from './live/broadcast.ts';
import { LIVE_LIMITS } from './live/live.ts';
import { createLanBook } from './past/lan-book.ts';
import { createPast } from './past/past.ts';
import { createAgentDoor } from './receive/agent-door.ts';
import { createIngest } from './receive/ingest.ts';
import { createNodeLimit } from './receive/node-limit.ts';
import { createRateLimit } from './receive/rate-limit.ts';
import { createReportDoor } from './receive/report-door.ts';
import { createTurns } from './receive/turns.ts';
import { timerAlarm, timerBeat } from './state/alarm.ts';
import { createFleet } from './state/node-fleet.ts';
import { createArrayFile } from './store/disk-array-file.ts';
import { checkDataFormat, noteDataFormat } from './store/data-format.ts';
import type { FilePort } from './store/file-port.ts';
import type { NodeHistory, ReportStore } from './store/report-store.ts';
import { VERSION } from './version.ts';

export interface NesterDeps {
  config: Pick<Config, 'host' | 'port' | 'apiKey' | 'people' | 'limits' | 'allowedOrigins' | 'allowedHosts' | 'trust' | 'basePath'>;
  /** Of this machine. */
  hostName: string;
  /** Speaks TLS with it, and nothing else. */
  certificate?: Certificate | undefined;
  store: ReportStore;
  /** For what is kept beside the store, in the same folder. */
  files: FilePort;
  /** The data folder. The store makes it. */
  folder: string;
  page: Page;
  /** What sites get from here, by path. */
  downloads: Downloads;
  log: { error(details: object, message: string): void };
  /** Tells the operator what happened to files. */
  say: (level: 'info' | 'warn' | 'error', message: string) => void;
  /** Epoch ms. */
  now: () => number;
  /** Milliseconds of a clock that never goes back. */
  monotonicMs: () => number;
  /** Differs from every other run of this program. */
  run: string;
}

export interface Nester {
  port: number;
  /** Every way in, and what it asks. */
  gates: readonly Gate[];
  /** A new certificate in place of the one it began with. */
  renew(certificate: Certificate): void;
  /** Refuses new, finishes and flushes what was taken. Takes less than 5 s. */
  stop(): Promise<void>;
}

/** How long agents, and requests under way, have to come to their end. The store's time comes after. */
const GRACE_MS = 2_500;
/** The part of it that is left for viewers to take the goodbye. */
const GOODBYE_MS = 500;

/**
 * Puts Nester together and starts it. Rejects when the store cannot be opened or the port not
 * be had; then nothing is left open.
 *
 * Start, against the flow of reports, so that nothing arrives where nobody is ready: store,
 * fleet, followers of the store, doors, port. Stop, with the flow: doors, viewers, fleet, store.
 */
export async function startNester(deps: NesterDeps): Promise<Nester> {
  const { config, hostName, certificate, store, files, folder, page, downloads, log, say, now, monotonicMs, run } = deps;
  const history = createHistory({
    store,
    file: createArrayFile({ files, path: path.join(folder, 'history.json'), now, say }),
    now,
    monotonicMs,
    say,
    every: timerBeat,
  });
  const { limits, trust, basePath } = config;
  store.accompany(history.companion);
  const auth = createAuth({ config, files, folder, now, monotonicMs, pause, every: timerBeat, say });
  const { gates, standing, people, siteKeys } = auth;
  // Before anything is touched: these may be reasons not to start.
  await checkDataFormat({ files, folder });
  await auth.open();
  const histories = await store.open();
  const past = createPast({ files, folder, store, now, alarm: timerAlarm, say });
  const lans = createLanBook({ files, folder, store, now, alarm: timerAlarm, say });
  try {
    await noteDataFormat({ files, folder }, VERSION);
    await past.open();
    await lans.open();
  } catch (error) {
    await store.close();
    throw error;
  }
  const startedAtMs = now();
  const fleet = createFleet({ now, alarm: timerAlarm, startedAtMs });
  fleet.load(histories);
  past.begin(startedAtMs, lastHeardMs(histories), () => fleet.all());
  lans.begin(histories.map(({ newest }) => newest));

  const live = createLive({ snapshot: () => ({ cursor: store.cursor(), nodes: fleet.all() }), page: scriptOf(page), now, schedule: timerAlarm, limits: liveLimits(limits) });
  const waitingRoom = createWaitingRoom({ limit: limits.longPolls });
  const audience = createAudience({ fleet, live, waitingRoom, past, lans });
  store.follow(audience.tell);
  history.start();

  let stopping = false;
  const isStopping = (): boolean => stopping;
  const guard = createBrowserGuard({
    isOriginAllowed: createOriginRule(config.allowedOrigins, trust),
    isHostAllowed: createHostRule({
      // Whoever's page may connect may be reached by its name.
      // A page from elsewhere has no login of ours to use.
      allowed: people ? ['*'] : [...config.allowedHosts, ...config.allowedOrigins.map((origin) => new URL(origin).hostname)],
      own: [hostName, config.host],
      trust,
    }),
    trust,
    open: new Set(['/healthz', '/readyz', ...downloads.files.keys(), ...downloads.addressed.keys()]),
  });
  const rates = {
    address: createRateLimit({ perSecond: limits.addressRate, monotonicMs }),
    key: createRateLimit({ perSecond: limits.keyRate, monotonicMs }),
  };
  const addressOf = (request: Sender): string => clientAddress(request, trust);
  const ingest = createIngest({ store, nodeLimit: createNodeLimit({ fleet, most: limits.nodes }), now });
  // One for all doors: the turn that they fill is the same.
  const turns = createTurns();
  const reportDoor = createReportDoor({
    ingest,
    gates: { one: gates.open('POST /api/report', 'write'), many: gates.open('POST /api/reports', 'write') },
    rates,
    limits,
    turns,
    trust,
    log,
  });
  const agentDoor = createAgentDoor({ ingest, turns, fleet, standing, rates, limits, addressOf, monotonicMs, now, log });
  const viewerDoor = createViewerDoor({ live, standing, isStopping });
  const measure = (node: string): boolean => agentDoor.measure(node);
  const app = createApp({ store, fleet, history, past, lans, forgetNode, now, page, downloads, waitingRoom, gates, people, siteKeys, reportsNeedKey: () => auth.reportsNeedKey(), isTls: certificate !== undefined, basePath, measure, trust, isStopping, run, log });
  const openSocket = createSocketDoors(gates, {
    '/ws': { asks: 'read', open: viewerDoor },
    '/ws/agent': { asks: 'write', open: (...upgrade) => agentDoor.open(...upgrade) },
  }, { limits, addressOf });

  const server = createHttpServer({
    request(request, response) {
      const elsewhere = takeBasePath(request, basePath);
      if (elsewhere !== undefined) {
        response.writeHead(308, { Location: elsewhere, 'Content-Length': 0 }).end();
        return;
      }
      const refusal = guard(request, 'request');
      if (refusal) sendProblem(response, refusal);
      else if (!reportDoor.handle(request, response)) app(request, response);
    },
    plain: {
      accepts({ url, length }) {
        const asked = { url };
        return takeBasePath(asked, basePath) === undefined && reportDoor.takesWhole({ url: asked.url, length });
      },
      handle(request, body, answer) {
        const refusal = guard(request, 'request');
        if (refusal) answerProblem(refusal, answer);
        else reportDoor.takeWhole(request, body, answer);
      },
    },
    upgrade(request, connection, head) {
      takeBasePath(request, basePath);
      const refusal = guard(request, 'upgrade');
      if (refusal) refuseUpgrade(connection, refusal);
      else openSocket(request, connection, head);
    },
  }, { limits, trust, certificate });

  async function forgetNode(node: string): Promise<boolean> {
    const wasKnown = await store.forget(node);
    // The fleet has told that it is gone; now it goes from the files, too.
    if (wasKnown) await Promise.all([past.purge(), lans.purge()]);
    return wasKnown;
  }

  /** Against the order of the start: what follows the store ends before it. */
  async function closeFollowers(): Promise<void> {
    fleet.close();
    await history.close();
    await past.close();
    await lans.close();
    await store.close();
  }

  async function stop(): Promise<void> {
    stopping = true;
    const authStopped = auth.stop();
    reportDoor.stop();
    waitingRoom.close();
    const closed = server.close(GRACE_MS);
    await agentDoor.stop(GRACE_MS - GOODBYE_MS);
    // Viewers last: they have seen everything that was taken.
    live.close();
    await closed;
    await authStopped;
    await closeFollowers();
  }

  auth.start();
  try {
    return { port: await server.listen(config.host, config.port), gates: gates.all(), renew: (next) => server.renew(next), stop };
  } catch (error) {
    await auth.stop();
    live.close();
    await closeFollowers();
    throw error;
  }
}

/** How often pages are looked after is not the operator's to say; what they may use is. */
function liveLimits({ viewerBytes, messageRate }: Limits) {
  return { bufferedBytes: viewerBytes, messagesPerBeat: Math.ceil((messageRate * LIVE_LIMITS.heartbeatMs) / 1000) };
}

/** When the last report was received, as far as the newest of each node tell: Nester was alive then. */
function lastHeardMs(histories: readonly NodeHistory[]): number | undefined {
  let last: number | undefined;
  for (const { newest } of histories) last = Math.max(last ?? 0, newest.receivedAt);
  return last;
}
