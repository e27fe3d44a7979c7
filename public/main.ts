import type { Connection } from './feed/connection.ts';
import { createFeed } from './feed/feed.ts';
import { createSocketOpener } from './feed/socket.ts';
import { createRows } from './model/rows.ts';
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
let connection: Connection = { phase: 'opening', sinceMs: Date.now() };
/** Nester's clock minus this device's. */
let clockDifferenceMs = 0;

const navigation = createNavigation({ root: ROOT, onPlace: () => painter.request() });
const page = createPage({ words, openScreen, onReady: () => painter.request() });

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
    if (frame.type === 'snapshot') clockDifferenceMs = frame.serverTime - Date.now();
    page.announce(rows.fold(frame));
    painter.request();
  },
  onConnection(next) {
    connection = next;
    painter.request();
  },
});

/** The fleet comes with the page; what is looked at less often is fetched when it is. */
function openScreen(place: Place): Screen | Promise<Screen> {
  if (place.screen === 'site') {
    const { node } = place;
    return import('./views/site/site-screen.ts').then(({ createSiteScreen }) => createSiteScreen({ words, node }));
  }
  if (place.screen === 'wall') {
    return import('./views/wall/wall-screen.ts').then(({ createWallScreen }) => createWallScreen(words));
  }
  return createFleetScreen({ words, address: ROOT.href.replace(/\/$/, ''), onChange: () => painter.request() });
}

function scene(): Scene {
  const nowMs = Date.now();
  return { rows: rows.byNode, connection, place: navigation.place(), nowMs, nesterNowMs: nowMs + clockDifferenceMs };
}

setInterval(() => page.tick(scene()), 1_000);
window.addEventListener('online', () => feed.check());
window.addEventListener('offline', () => feed.check());
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) feed.check();
});
feed.start();
