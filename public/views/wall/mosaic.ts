import type { Row } from '../../model/row.ts';
import { isStrange } from '../../model/wall-order.ts';
import type { Words } from '../../text/words.ts';
import { element, setAttribute } from '../element.ts';

/** Many sites as one small square each, in the colour of their status: nothing to read, much to see. */
export interface Mosaic {
  readonly element: HTMLElement;
  show(rows: readonly Row[], width: number, height: number): void;
}

/** The custom properties of the style sheet that colour the squares. */
const COLOURS = ['--well', '--paused-mark', '--late-mark', '--offline-mark'] as const;
const GAP = 0.16;

export function createMosaic({ text, format }: Words): Mosaic {
  const canvas = element('canvas', 'mosaic');
  canvas.setAttribute('role', 'img');
  let drawn = '';

  return {
    element: canvas,
    show(rows, width, height) {
      canvas.hidden = rows.length === 0 || height < 1;
      if (canvas.hidden) return;
      const style = getComputedStyle(canvas);
      const colours = COLOURS.map((name) => style.getPropertyValue(name));
      const kinds = rows.map((row) => (row.status === 'paused' ? 1 : isStrange(row) ? 2 : row.status === 'online' ? 0 : 3));
      const scale = devicePixelRatio;
      const picture = [width, height, scale, colours.join(), kinds.join('')].join(' ');
      // Drawing ten thousand squares again that have not changed would keep an old machine busy.
      if (picture === drawn) return;
      drawn = picture;
      setAttribute(canvas, 'aria-label', text.wall.mosaic(rows.length, format.count(rows.length)));
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
      const columns = columnsFor(rows.length, canvas.width, canvas.height);
      const side = Math.min(canvas.width / columns, canvas.height / Math.ceil(rows.length / columns));
      const context = canvas.getContext('2d');
      kinds.forEach((kind, at) => {
        if (!context) return;
        context.fillStyle = colours[kind] ?? '';
        context.fillRect((at % columns) * side, Math.floor(at / columns) * side, side * (1 - GAP), side * (1 - GAP));
      });
    },
  };
}

/** The number of columns with which so many squares are as large as can be. */
export function columnsFor(count: number, width: number, height: number): number {
  const least = Math.max(1, Math.ceil(Math.sqrt((count * width) / height)));
  // Rounding up the rows may spoil it by one.
  const sideWith = (columns: number): number => Math.min(width / columns, height / Math.ceil(count / columns));
  return sideWith(least + 1) > sideWith(least) ? least + 1 : least;
}
