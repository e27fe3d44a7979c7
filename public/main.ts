import type { NodeState } from '../protocol/node-state.ts';
import { createAsk } from './feed/ask.ts';
import type { Connection } from './feed/connection.ts';
import { createFeed } from './feed/feed.ts';
import { createLogin } from './feed/login.ts';
import { createKeyRing } from './feed/key-ring.ts';
import { createSocketOpener } from './feed/socket.ts';
import { createRows, type Edition } from './model/rows.ts';
import { decodeMoment, encodeMoment } from './past/moment.ts';
import { createPast } from './past/past.ts';
import { createNavigation } from './place/navigation.ts';
import type { Place } from './place/place.ts';
import { ROOT } from './place/root.ts';
import { createWords } from './text/words.ts';
import { createFleetScreen } from './views/fleet/fleet-screen.ts';
import { createPage } from './views/page.ts';
import { createPainter } from './views/painter.ts';
import type { Scene, Screen } from './views/screen.ts';

/**
 * The page: feed -> rows, address -> place, and both -> views. Frames are folded as they come; painting waits for the
 * screen's next frame.
 */
const words = createWords(navigator.languages);
const rows = createRows();
const keyRing = createKeyRing();
/** The fleet as it was looked at last: sorted, filtered. A node's own page leads back there. */
let fleetAddress = ROOT.href;
let connection: Connection = { phase: 'opening', sinceMs: Date.now() };
/** Nester's clock minus this device's. */
let clockDifferenceMs = 0;
/** Name of the script that Nester serves now; this one is `OWN_SCRIPT`. */
let servedScript: string | undefined;
const OWN_SCRIPT = new URL(import.meta.url).pathname.split('/').pop();

/** Whether some screen was shown already. */
let wasOpened = false;

/** Rows of the past stay as they are. */
const NEVER_CHANGED: Edition = { values: 0, shape: 0 };

const navigation = createNavigation({ root: ROOT, onPlace: () => painter.request() });
const page = createPage({ words, openScreen, onReady: () => painter.request(), onMoment: showMoment, onLogout: () => login.logout() });
const login = createLogin({ root: ROOT, onLogin: () => page.offerLogout(), reload: () => location.reload(), fetch: (...request) => fetch(...request) });
const past = createPast({
  async ask(atMs) {
    const answer = await fetch(new URL(`api/nodes?at=${atMs}`, ROOT));
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    return (await answer.json()) as NodeState[];
  },
  onNews: () => painter.request(),
});

const painter = createPainter(() => page.paint(scene()));

// Relative to Nester's root, so that it also works under a path and over https.
const address = new URL('ws', ROOT);
address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';

const feed = createFeed({
  address,
  openSocket: createSocketOpener(Math.random),
  now: Date.now,
  every(periodMs, callback) {
    const timer = setInterval(callback, periodMs);
    return () => clearInterval(timer);
  },
  onFrame(frame) {
    if (frame.type === 'snapshot') {
      clockDifferenceMs = frame.serverTime - Date.now();
      servedScript = frame.page;
    }
    page.announce(rows.fold(frame));
    page.hear(frame);
    painter.request();
  },
  onConnection(next) {
    connection = next;
    if (next.phase === 'live') login.check();
    painter.request();
  },
  // What ended may be the login.
  onBroken: () => login.check(),
});

/** The fleet comes with the page; what is looked at less often is fetched when it is. */
function openScreen(place: Place): Screen | Promise<Screen> {
  const isFirst = !wasOpened;
  wasOpened = true;
  if (place.screen === 'site') {
    const { node } = place;
    return import('./views/site/site-screen.ts').then(({ createSiteScreen }) =>
      createSiteScreen({
        words,
        node,
        keyRing,
        fleetAddress: () => fleetAddress,
        nesterNow: () => Date.now() + clockDifferenceMs,
        refine: (search) => navigation.refine(search),
        go: (address) => navigation.go(address),
        onChange: () => painter.request(),
        isFirst,
      }),
    );
  }
  if (place.screen === 'wall') {
    return import('./views/wall/wall-screen.ts').then(({ createWallScreen }) => createWallScreen(words));
  }
  return createFleetScreen({ words, address: ROOT.href.replace(/\/$/, ''), navigation, ask: createAsk(ROOT), onChange: () => painter.request() });
}

function scene(): Scene {
  const nowMs = Date.now();
  const liveNowMs = nowMs + clockDifferenceMs;
  const place = navigation.place();
  if (place.screen === 'fleet') fleetAddress = location.href;
  const outdated = servedScript !== undefined && servedScript !== OWN_SCRIPT;
  const { byNode, counts, edition } = rows;
  const live = { liveRows: byNode, liveCounts: counts, connection, outdated, place, nowMs, liveNowMs };
  const atMs = place.screen === 'fleet' ? decodeMoment(place.search.get('at')) : undefined;
  if (atMs === undefined || atMs > liveNowMs) return { ...live, rows: byNode, counts, edition, past: undefined, nesterNowMs: liveNowMs };
  const then = past.at(atMs);
  return { ...live, rows: then.rows, counts: then.counts, edition: NEVER_CHANGED, past: then, nesterNowMs: atMs };
}

function showMoment(atMs: number | undefined): void {
  const search = new URLSearchParams(navigation.place().search);
  if (atMs === undefined) search.delete('at');
  else search.set('at', encodeMoment(atMs));
  navigation.refine(search);
}

setInterval(() => page.tick(scene()), 1_000);
window.addEventListener('online', () => feed.check());
window.addEventListener('offline', () => feed.check());
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) feed.check();
});
feed.start();
