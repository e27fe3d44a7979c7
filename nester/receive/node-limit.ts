import type { Fleet } from '../state/fleet.ts';

/**
 * Bounds how many nodes there are. A node that is known always has its place; a new one takes
 * one from the moment its first report is let in, so that many at once cannot pass together.
 */
export interface NodeLimit {
  /** Whether reports of this node are taken. Of a `new` one, `settled` is to be called once the report is kept or lost. */
  admit(node: string): 'known' | 'new' | 'full';
  settled(node: string): void;
}

export function createNodeLimit({ fleet, most }: { fleet: Pick<Fleet, 'has' | 'count'>; most: number }): NodeLimit {
  /** New nodes whose first reports are on their way to the disk, and how many of these. */
  const coming = new Map<string, number>();
  return {
    admit(node) {
      if (fleet.has(node)) return 'known';
      const already = coming.get(node) ?? 0;
      if (already === 0 && fleet.count() + coming.size >= most) return 'full';
      coming.set(node, already + 1);
      return 'new';
    },
    settled(node) {
      const left = (coming.get(node) ?? 0) - 1;
      if (left > 0) coming.set(node, left);
      else coming.delete(node);
    },
  };
}
