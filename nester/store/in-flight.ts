/**
 * Reports on their way to the disk, by node and time of measurement, each with what is awaited
 * of it. Most nodes have one at a time, so a node is its key and no other is made; and its entry
 * stays for the next one, since a map that is filled and emptied all the time is copied all the time.
 */
export interface InFlight<Awaited> {
  of(node: string, timestampMs: number): Awaited | undefined;
  add(node: string, timestampMs: number, awaited: Awaited): void;
  remove(node: string, timestampMs: number): void;
}

interface OfNode<Awaited> {
  /** The only one, unless there are several; `NaN` while there is none. */
  timestampMs: number;
  awaited: Awaited | undefined;
  several: Map<number, Awaited> | undefined;
}

/** Nodes that are remembered while they have none. */
const REMEMBERED_NODES = 20_000;

export function createInFlight<Awaited>(remembered = REMEMBERED_NODES): InFlight<Awaited> {
  const nodes = new Map<string, OfNode<Awaited>>();
  return {
    of(node, timestampMs) {
      const known = nodes.get(node);
      if (known === undefined) return undefined;
      if (known.several) return known.several.get(timestampMs);
      return known.timestampMs === timestampMs ? known.awaited : undefined;
    },
    add(node, timestampMs, awaited) {
      const known = nodes.get(node);
      if (known === undefined) {
        nodes.set(node, { timestampMs, awaited, several: undefined });
        return;
      }
      const { several, awaited: only } = known;
      if (several) several.set(timestampMs, awaited);
      else if (only === undefined) {
        known.timestampMs = timestampMs;
        known.awaited = awaited;
      } else {
        known.several = new Map([
          [known.timestampMs, only],
          [timestampMs, awaited],
        ]);
      }
    },
    remove(node, timestampMs) {
      const known = nodes.get(node);
      if (known === undefined) return;
      const isLast = known.several ? known.several.delete(timestampMs) && known.several.size === 0 : known.timestampMs === timestampMs;
      if (!isLast) return;
      known.several = undefined;
      known.awaited = undefined;
      known.timestampMs = NaN;
      if (nodes.size > remembered) nodes.delete(node);
    },
  };
}
