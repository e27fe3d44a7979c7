import { describe, expect, it } from 'vitest';
import { wallLayout } from './wall-layout.ts';

const SCREENS = [
  { width: 1920, height: 1000 },
  { width: 3840, height: 2000 },
  { width: 1080, height: 1800 },
  { width: 800, height: 480 },
];
const COUNTS = [0, 1, 2, 5, 13, 40, 120, 400, 2_000, 10_000];

describe('wall layout', () => {
  it.each(SCREENS)('never needs more room than there is, on $width x $height', (screen) => {
    for (const inTrouble of COUNTS) {
      for (const well of COUNTS) {
        const layout = wallLayout(screen, inTrouble, well);

        const wellHeight = layout.well.kind === 'none' ? 0 : layout.well.height;
        expect(layout.trouble.height + wellHeight).toBeLessThanOrEqual(screen.height + 0.5);
        expect(layout.trouble.shown).toBeLessThanOrEqual(layout.trouble.columns * layout.trouble.rows);
        if (layout.well.kind === 'tiles') expect(layout.well.columns * layout.well.rows).toBeGreaterThanOrEqual(well);
      }
    }
  });

  it.each(SCREENS)('shows each site in trouble, or keeps a tile that counts the rest, on $width x $height', (screen) => {
    for (const inTrouble of COUNTS) {
      const { trouble } = wallLayout(screen, inTrouble, 50);

      const isWhole = trouble.shown === inTrouble;
      expect(isWhole || trouble.shown === trouble.columns * trouble.rows - 1).toBe(true);
    }
  });

  it('writes the names of sites in trouble large enough for the other end of the room', () => {
    for (const inTrouble of COUNTS.slice(1)) {
      const { trouble } = wallLayout({ width: 1920, height: 1080 }, inTrouble, 100);

      expect(trouble.fontPx).toBeGreaterThanOrEqual(0.048 * 1080 - 0.01);
    }
  });

  it('makes a mosaic of sites that are too many to be read', () => {
    expect(wallLayout({ width: 1920, height: 1000 }, 3, 30).well.kind).toBe('tiles');
    expect(wallLayout({ width: 1920, height: 1000 }, 3, 2_000).well.kind).toBe('mosaic');
  });

  it('gives the whole wall to trouble when nothing is well', () => {
    const { trouble, well } = wallLayout({ width: 1920, height: 1000 }, 4, 0);

    expect(well.kind).toBe('none');
    expect(trouble.height).toBeGreaterThan(600);
  });
});
