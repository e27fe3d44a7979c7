/**
 * How sites are laid out on a wall: tiles that fill it, those in trouble large enough to be read
 * across a room, the well ones as large as there is room for, or as a mosaic where there are too
 * many to be read anyway. Pure arithmetic, in px of the page.
 *
 * Sizes follow ISO 9241-303: letters are read with ease at 16 minutes of arc and up. At 5 m, on a
 * screen of 55 inches, that is a font of 4.8 percent of the screen's height. Well sites need not
 * be read from there: half of it can still be made out.
 */
export interface WallLayout {
  /** Sites in trouble, each a tile; those without room are only counted. */
  trouble: Grid & { shown: number };
  well: (Grid & { kind: 'tiles'; shown: number }) | { kind: 'mosaic'; height: number } | { kind: 'none' };
}

export interface Grid {
  columns: number;
  rows: number;
  /** Of all its rows together, gaps included. */
  height: number;
  /** Font of the names. */
  fontPx: number;
}

interface Tile {
  wide: number;
  high: number;
}

export interface WallSize {
  width: number;
  height: number;
}

/** Of the height: what can be read with ease, and what can be made out. */
const EASY = 0.048;
const LEAST = 0.024;
/**
 * Tiles in fonts of their name: wide enough for most names; high enough for the name, with a line
 * below it for sites in trouble.
 */
const TROUBLE_TILE: Tile = { wide: 8.5, high: 3.1 };
const WELL_TILE: Tile = { wide: 11, high: 2 };
/** Fonts so much smaller look the same; a tile may be so much higher than it must. */
const ALIKE = 0.8;
const ROOMY = 1.25;
/** No tile of a site in trouble is made higher than this part of the wall while others are well. */
const TALLEST_TROUBLE = 0.26;
/** No tile of a well site is made higher than this part of the wall, however few there are. */
const TALLEST = 0.16;
/** The part of the wall that trouble may take while others are well. */
const TROUBLE_SHARE = 0.7;
/** A strip of the wall that is kept for the mosaic. */
const MOSAIC_SHARE = 0.12;

export function wallLayout({ width, height }: WallSize, inTrouble: number, well: number): WallLayout {
  const share = well === 0 ? 1 : TROUBLE_SHARE;
  const tallestPx = well === 0 ? height : TALLEST_TROUBLE * height;
  const trouble = troubleGrid({ width, height: height * share }, inTrouble, height, tallestPx);
  const left = height - trouble.height;
  if (well === 0) return { trouble, well: { kind: 'none' } };
  const grid = fit(WELL_TILE, { width, height: left }, well, LEAST * height, TALLEST * height);
  if (grid) return { trouble, well: { ...grid, height: left, kind: 'tiles', shown: well } };
  // Trouble may have what the mosaic leaves: a mosaic says the same at any size.
  const wide = troubleGrid({ width, height: height * (1 - MOSAIC_SHARE) }, inTrouble, height, tallestPx);
  return { trouble: wide, well: { kind: 'mosaic', height: height - wide.height } };
}

function troubleGrid(area: WallSize, count: number, wallHeight: number, tallestPx: number): WallLayout['trouble'] {
  if (count === 0) return { columns: 1, rows: 0, height: 0, fontPx: 0, shown: 0 };
  const all = fit(TROUBLE_TILE, area, count, EASY * wallHeight, tallestPx);
  if (all) return { ...all, shown: count };
  // The last tile tells how many more there are.
  const fontPx = EASY * wallHeight;
  const columns = Math.max(1, Math.floor(area.width / (fontPx * TROUBLE_TILE.wide)));
  const rows = Math.max(1, Math.floor(area.height / (fontPx * TROUBLE_TILE.high)));
  return { columns, rows, height: rows * fontPx * TROUBLE_TILE.high, fontPx, shown: columns * rows - 1 };
}

/**
 * The lowest of the grids whose fonts are about the largest possible, or `undefined` if even the
 * largest is less than the least.
 */
function fit(tile: Tile, { width, height }: WallSize, count: number, leastPx: number, tallestPx: number): Grid | undefined {
  const grids: Grid[] = [];
  const mostColumns = Math.min(count, Math.floor(width / (leastPx * tile.wide)));
  for (let columns = 1; columns <= mostColumns; columns++) {
    const rows = Math.ceil(count / columns);
    const tileHeight = Math.min(height / rows, tallestPx);
    const fontPx = Math.min(width / columns / tile.wide, tileHeight / tile.high);
    if (fontPx >= leastPx) grids.push({ columns, rows, height: rows * Math.min(tileHeight, fontPx * tile.high * ROOMY), fontPx });
  }
  const largestPx = Math.max(...grids.map(({ fontPx }) => fontPx));
  return grids.filter(({ fontPx }) => fontPx >= largestPx * ALIKE).sort((a, b) => a.height - b.height)[0];
}
