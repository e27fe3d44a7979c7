import type { Row } from './row.ts';

/** The sites of a wall: those in trouble, what has been so the shortest first, and the others by name. */
export interface WallOrder {
  trouble: Row[];
  well: Row[];
}

/** Percent of lost packets from which a line is as good as unusable. */
export const MUCH_LOSS = 20;

/** A site that answers, over a line that loses much of what it carries: not dark, but not well either. */
export function isStrange({ status, loss }: Row): boolean {
  return status === 'online' && loss !== null && loss >= MUCH_LOSS;
}

/**
 * Dark sites before late ones, and in each the newest trouble first: what just happened is what
 * people look up for. Strange and paused sites lead the others.
 */
export function createWallOrder(compareNames: (a: string, b: string) => number) {
  let names: string[] = [];

  /** Names hardly ever change, and sorting ten thousand of them takes longer than a frame. */
  function inOrder(rows: ReadonlyMap<string, Row>): string[] {
    if (names.length !== rows.size || !names.every((name) => rows.has(name))) names = [...rows.keys()].sort(compareNames);
    return names;
  }

  return (rows: ReadonlyMap<string, Row>): WallOrder => {
    const trouble: Row[] = [];
    const [strange, paused, well]: [Row[], Row[], Row[]] = [[], [], []];
    for (const name of inOrder(rows)) {
      const row = rows.get(name);
      if (!row) continue;
      if (row.status === 'late' || row.status === 'offline') trouble.push(row);
      else if (row.status === 'paused') paused.push(row);
      else (isStrange(row) ? strange : well).push(row);
    }
    // A stable sort: sites that went at the same moment stay in the order of their names.
    trouble.sort((a, b) => (a.status === b.status ? b.since - a.since : a.status === 'offline' ? -1 : 1));
    return { trouble, well: [...strange, ...paused, ...well] };
  };
}
