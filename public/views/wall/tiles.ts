import type { Row } from '../../model/row.ts';
import { isStrange } from '../../model/wall-order.ts';
import { siteAddress } from '../../place/place.ts';
import { ROOT } from '../../place/root.ts';
import type { Words } from '../../text/words.ts';
import { element, liveText, setAttribute } from '../element.ts';
import type { Grid } from './wall-layout.ts';

/** A grid of tiles, one for each site. */
export interface Tiles {
  readonly element: HTMLElement;
  /** `more`: how many there are besides, told by a tile of its own if any. */
  show(rows: readonly Row[], grid: Grid, more: number, nowMs: number): void;
}

interface Tile {
  element: HTMLElement;
  show(row: Row, nowMs: number): void;
}

export function createTiles(className: string, words: Words, createTile: (words: Words) => Tile): Tiles {
  const tiles: Tile[] = [];
  const moreText = liveText();
  const moreTile = element('li', 'tile tile-more', moreText.node);
  const list = element('ul', `tiles ${className}`);
  return {
    element: list,
    show(rows, { columns, rows: lines, height, fontPx }, more, nowMs) {
      list.hidden = rows.length === 0 && more === 0;
      while (tiles.length < rows.length) tiles.push(createTile(words));
      rows.forEach((row, at) => tiles[at]?.show(row, nowMs));
      const shown = tiles.slice(0, rows.length).map((tile) => tile.element);
      if (more > 0) {
        moreText.write(words.text.wall.more(more, words.format.count(more)));
        shown.push(moreTile);
      }
      const same = list.childElementCount === shown.length && list.lastElementChild === shown.at(-1);
      if (!same) list.replaceChildren(...shown);
      list.style.gridTemplate = `repeat(${lines}, minmax(0, 1fr)) / repeat(${columns}, minmax(0, 1fr))`;
      list.style.height = `${height}px`;
      list.style.fontSize = `${fontPx}px`;
    },
  };
}

/** Name, what is wrong, and for how long. */
export function createTroubleTile({ text, format }: Words): Tile {
  const [name, status, lasting] = [liveText(), liveText(), liveText()];
  const link = element('a', 'tile-name', name.node);
  const tile = element(
    'li',
    'tile',
    link,
    element('span', 'tile-line', element('span', 'tile-status', status.node), ' ', element('span', 'tile-lasting', lasting.node)),
  );
  return {
    element: tile,
    show(row, nowMs) {
      if (name.write(row.node)) link.href = siteAddress(row.node, ROOT);
      setAttribute(tile, 'data-status', row.status);
      status.write(text.status[row.status]);
      lasting.write(format.duration(nowMs - row.since));
    },
  };
}

/** Name and latency; what is strange in its place. */
export function createWellTile({ text, format }: Words): Tile {
  const [name, value] = [liveText(), liveText()];
  const link = element('a', 'tile-name', name.node);
  const tile = element('li', 'tile', link, element('span', 'tile-value', value.node));
  return {
    element: tile,
    show(row) {
      if (name.write(row.node)) link.href = siteAddress(row.node, ROOT);
      const strange = isStrange(row);
      setAttribute(tile, 'data-status', row.status);
      setAttribute(tile, 'data-strange', strange ? '' : null);
      if (row.status === 'paused') value.write(text.status.paused);
      else if (strange) value.write(text.wall.loss(format.percent(row.loss ?? 0)));
      else value.write(row.latency === null ? '' : format.milliseconds(row.latency));
    },
  };
}
