import type { Item } from '../../model/listing.ts';
import { element } from '../element.ts';

/**
 * How high lines of each kind are, px. The style sheet says it (`--row-height`, `--group-height`);
 * two elements that nobody sees tell what it comes to here, in this font, at this zoom.
 */
export interface RowHeights {
  /** To be put where the style sheet's values hold. */
  readonly elements: readonly HTMLElement[];
  /** `0` as long as nothing is laid out. */
  of(kind: Item['kind']): number;
}

export function createRowHeights(onChange: () => void): RowHeights {
  const heights: Record<Item['kind'], number> = { node: 0, group: 0 };
  const probes = (['node', 'group'] as const).map((kind) => {
    const probe = element('div', `probe probe-${kind}`);
    probe.setAttribute('aria-hidden', 'true');
    return { kind, probe };
  });
  const watch = new ResizeObserver(() => {
    let isOther = false;
    for (const { kind, probe } of probes) {
      const { height } = probe.getBoundingClientRect();
      if (height === heights[kind]) continue;
      heights[kind] = height;
      isOther = true;
    }
    if (isOther) onChange();
  });
  for (const { probe } of probes) watch.observe(probe);
  return {
    elements: probes.map(({ probe }) => probe),
    of(kind) {
      if (heights[kind] > 0) return heights[kind];
      // Before the first report of the observer: asked once.
      for (const { kind: other, probe } of probes) heights[other] = probe.getBoundingClientRect().height;
      return heights[kind];
    },
  };
}
