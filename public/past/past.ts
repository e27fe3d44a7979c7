import type { NodeState } from '../../protocol/node-state.ts';
import { count, type Counts, NO_COUNTS } from '../model/counts.ts';
import type { Row } from '../model/row.ts';

/** The fleet as it was at a moment, as far as Nester has told yet. */
export interface PastFleet {
  /** The moment asked for, epoch ms by Nester's clock. */
  atMs: number;
  /** `asked`: the rows are still those of the moment before, or none. `failed`: Nester did not tell. */
  phase: 'asked' | 'known' | 'failed';
  rows: ReadonlyMap<string, Row>;
  counts: Readonly<Counts>;
}

/**
 * Looks into the past. However fast the moments follow each other (a slider being dragged), there
 * is one request at a time, and the next is for the moment wanted last; those in between are
 * skipped. Moments seen lately are kept.
 */
export interface Past {
  at(atMs: number): PastFleet;
}

export interface PastDeps {
  ask: (atMs: number) => Promise<readonly NodeState[]>;
  /** Something is known that was not. */
  onNews: () => void;
}

type Fleet = Pick<PastFleet, 'rows' | 'counts'>;

const NOBODY: Fleet = { rows: new Map(), counts: NO_COUNTS };

/** Each may be ten thousand rows. */
const KEPT = 24;

export function createPast({ ask, onNews }: PastDeps): Past {
  const known = new Map<number, Fleet>();
  let shown = NOBODY;
  let wanted: number | undefined;
  let underWay: number | undefined;
  let failed: number | undefined;

  function keep(atMs: number, nodes: readonly NodeState[]): void {
    known.set(atMs, { rows: new Map(nodes.map((node) => [node.node, node])), counts: count(nodes) });
    for (const oldest of known.keys()) {
      if (known.size <= KEPT) break;
      known.delete(oldest);
    }
  }

  async function askOn(): Promise<void> {
    while (wanted !== undefined) {
      const atMs = wanted;
      [underWay, wanted] = [atMs, undefined];
      try {
        keep(atMs, await ask(atMs));
      } catch {
        failed = atMs;
      }
      underWay = undefined;
      onNews();
    }
  }

  return {
    at(atMs) {
      const fleet = known.get(atMs);
      if (fleet !== undefined) {
        [shown, wanted] = [fleet, undefined];
        return { atMs, phase: 'known', ...fleet };
      }
      // Not asked for again in a circle, but when it is gone to again.
      if (failed === atMs) return { atMs, phase: 'failed', ...NOBODY };
      failed = undefined;
      wanted = underWay === atMs ? undefined : atMs;
      if (underWay === undefined) void askOn();
      return { atMs, phase: 'asked', ...shown };
    },
  };
}
