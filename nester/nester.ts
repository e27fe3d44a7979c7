import { createApp } from './api/app.ts';
import { type Page, scriptOf } from './api/page.ts';
import { createViewerDoor } from './api/viewer-door.ts';
import { createWaitingRoom } from './api/waiting-room.ts';
import { createAudience } from './audience.ts';
import type { Config } from './config.ts';
import { createHttpServer } from './http/http-server.ts';
import { createHistory } from './history/history.ts';
import { createKeyCheck } from './http/key-check.ts';
import { createOriginRule } from './http/origin-rule.ts';
import { refuseUpgrade } from './http/socket-server.ts';
import { createLive } from './live/broadcast.ts';
import { createAgentDoor } from './receive/agent-door.ts';
import { createIngest } from './receive/ingest.ts';
import { createRateLimit } from './receive/rate-limit.ts';
import { createReportDoor } from './receive/report-door.ts';
import { timerAlarm } from './state/alarm.ts';
import { createFleet } from './state/node-fleet.ts';
import type { ReportStore } from './store/report-store.ts';

export interface NesterDeps {
  config: Pick<Config, 'host' | 'port' | 'apiKey' | 'rateLimit' | 'allowedOrigins' | 'trust'>;
  store: ReportStore;
  page: Page;
  log: { error(details: object, message: string): void };
  /** Epoch ms. */
  now: () => number;
  /** Milliseconds of a clock that never goes back. */
  monotonicMs: () => number;
  /** Differs from every other run of this program. */
  run: string;
}

export interface Nester {
  port: number;
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
export async function startNester({ config, store, page, log, now, monotonicMs, run }: NesterDeps): Promise<Nester> {
  const history = createHistory({ store, monotonicMs, onTrouble: (error) => log.error({ err: error }, 'what is kept could not be read for charts') });
  store.accompany(history.companion);
  const histories = await store.open();
  const fleet = createFleet({ now, alarm: timerAlarm, startedAtMs: now() });
  fleet.load(histories);

  const live = createLive({ snapshot: () => ({ cursor: store.cursor(), nodes: fleet.all() }), page: scriptOf(page), now, schedule: timerAlarm });
  const waitingRoom = createWaitingRoom();
  const audience = createAudience({ fleet, live, waitingRoom });
  store.follow(audience.tell);
  history.start();

  const { trust } = config;
  let stopping = false;
  const isStopping = (): boolean => stopping;
  const hasKey = createKeyCheck(config.apiKey);
  const isOriginAllowed = createOriginRule(config.allowedOrigins, trust);
  const rateLimit = createRateLimit({ perSecond: config.rateLimit, monotonicMs });
  const ingest = createIngest({ store, now });
  const reportDoor = createReportDoor({ ingest, hasKey, rateLimit, trust, log });
  const agentDoor = createAgentDoor({ ingest, fleet, hasKey, isOriginAllowed, now, log });
  const viewerDoor = createViewerDoor({ live, isOriginAllowed, isStopping });
  const measure = (node: string): boolean => agentDoor.measure(node);
  const app = createApp({ store, fleet, history, now, page, waitingRoom, hasKey, isOriginAllowed, measure, trust, isStopping, run, log });

  const server = createHttpServer({
    request(request, response) {
      if (!reportDoor.handle(request, response)) app(request, response);
    },
    upgrade(request, connection, head) {
      const path = request.url?.split('?', 1)[0];
      if (path === '/ws/agent') agentDoor.upgrade(request, connection, head);
      else if (path === '/ws') viewerDoor(request, connection, head);
      else refuseUpgrade(connection, { status: 404, detail: 'Here is no WebSocket.' });
    },
  });

  async function stop(): Promise<void> {
    stopping = true;
    reportDoor.stop();
    waitingRoom.close();
    const closed = server.close(GRACE_MS);
    await agentDoor.stop(GRACE_MS - GOODBYE_MS);
    // Viewers last: they have seen everything that was taken.
    live.close();
    await closed;
    fleet.close();
    history.close();
    await store.close();
  }

  try {
    return { port: await server.listen(config.host, config.port), stop };
  } catch (error) {
    fleet.close();
    live.close();
    history.close();
    await store.close();
    throw error;
  }
}
