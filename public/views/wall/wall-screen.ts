import { count } from '../../model/counts.ts';
import { STATUSES } from '../../model/row.ts';
import { createWallOrder } from '../../model/wall-order.ts';
import type { Words } from '../../text/words.ts';
import { element, liveText, setAttribute } from '../element.ts';
import type { Scene, Screen } from '../screen.ts';
import { createMosaic } from './mosaic.ts';
import { createTiles, createTroubleTile, createWellTile } from './tiles.ts';
import { keepAwake } from './wake-lock.ts';
import { wallLayout } from './wall-layout.ts';

/** All sites on a screen at the wall: trouble first, readable across the room, without a hand on it. */
export function createWallScreen(words: Words): Screen {
  const { text, format } = words;
  const order = createWallOrder(words.compareNames);
  const figures = STATUSES.map((status) => {
    const [figure, name] = [liveText(), element('span', 'wall-status', text.status[status])];
    const item = element('li', 'wall-count', element('span', 'wall-figure', figure.node), ' ', name);
    item.dataset['status'] = status;
    return { status, figure, item };
  });
  const clock = liveText();
  const time = element('p', 'wall-clock', clock.node);
  const head = element('header', 'wall-head', element('h1', 'unseen', text.wall.link), element('ul', 'wall-counts', ...figures.map(({ item }) => item)), time);

  const trouble = createTiles('in-trouble', words, createTroubleTile);
  const well = createTiles('are-well', words, createWellTile);
  const mosaic = createMosaic(words);
  const field = element('div', 'wall-field', trouble.element, well.element, mosaic.element);

  const [stale, staleFor] = [liveText(), liveText()];
  const alarm = element('div', 'wall-stale', element('strong', '', stale.node), element('span', '', staleFor.node));
  alarm.setAttribute('role', 'alert');
  const nothing = element('p', 'wall-nothing', text.first.title);
  const wall = element('main', 'wall', head, alarm, nothing, field);

  let last: Scene | undefined;
  const sized = new ResizeObserver(() => last && paint(last));
  sized.observe(field);
  const sleep = keepAwake();

  function paint(scene: Scene): void {
    last = scene;
    const { rows, connection, nowMs, nesterNowMs } = scene;
    const counts = count(rows.values());
    for (const { status, figure, item } of figures) {
      figure.write(format.count(counts[status]));
      setAttribute(item, 'data-none', counts[status] === 0 ? '' : null);
      item.hidden = status === 'paused' && counts.paused === 0;
    }
    clock.write(format.minute(nowMs, nowMs));

    const isLive = connection.phase === 'live';
    alarm.hidden = isLive || nowMs - connection.sinceMs < PATIENCE_MS;
    stale.write(text.wall.stale);
    staleFor.write(text.wall.staleSince(format.clock(connection.sinceMs, nowMs), format.duration(nowMs - connection.sinceMs)));
    nothing.hidden = rows.size > 0 || connection.phase === 'opening';

    const sites = order(rows);
    const { clientWidth: width, clientHeight: height } = field;
    if (width === 0 || height === 0) return;
    const layout = wallLayout({ width, height }, sites.trouble.length, sites.well.length);
    const { shown } = layout.trouble;
    trouble.show(sites.trouble.slice(0, shown), layout.trouble, sites.trouble.length - shown, nesterNowMs);
    if (layout.well.kind === 'tiles') well.show(sites.well, layout.well, 0, nesterNowMs);
    else well.show([], EMPTY, 0, nesterNowMs);
    mosaic.show(layout.well.kind === 'mosaic' ? sites.well : [], width, layout.well.kind === 'mosaic' ? layout.well.height : 0);
  }

  return {
    element: wall,
    paint,
    tick: paint,
    close() {
      sized.disconnect();
      sleep();
    },
  };
}

/** A break that is over before anyone looks up is not shouted across the room. */
const PATIENCE_MS = 3_000;
const EMPTY = { columns: 1, rows: 1, height: 0, fontPx: 0 };
