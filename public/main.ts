import type { Connection } from './feed/connection.ts';
import { createFeed } from './feed/feed.ts';
import { createSocketOpener } from './feed/socket.ts';
import { createOrder } from './model/order.ts';
import { EVERYTHING } from './model/query.ts';
import { createRows } from './model/rows.ts';
import { createSettlingOrder } from './model/settling.ts';
import { createWords } from './text/words.ts';
import { createPage, type Scene } from './views/page.ts';
import { createPainter } from './views/painter.ts';

/**
 * The page: feed -> rows -> views. Frames are folded as they come; painting waits for the
 * screen's next frame.
 */
const words = createWords(navigator.languages);
const rows = createRows();
let query = EVERYTHING;
let connection: Connection = { phase: 'opening', sinceMs: Date.now() };
/** Nester's clock minus this device's. */
let clockDifferenceMs = 0;

const page = createPage({
  words,
  order: createSettlingOrder(createOrder(words.compareNames)),
  address: new URL('.', document.baseURI).href.replace(/\/$/, ''),
  onQuery(change) {
    query = change(query);
    painter.request();
  },
});

const painter = createPainter(() => page.paint(scene()));

// Relative to the page, so that it also works under a path and over https.
const address = new URL('ws', document.baseURI);
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

function scene(): Scene {
  const nowMs = Date.now();
  return { rows: rows.byNode, connection, query, nowMs, nesterNowMs: nowMs + clockDifferenceMs };
}

setInterval(() => page.tick(scene()), 1_000);
window.addEventListener('online', () => feed.check());
window.addEventListener('offline', () => feed.check());
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) feed.check();
});
feed.start();
