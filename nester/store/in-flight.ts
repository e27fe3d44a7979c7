/**
 * Reports on their way to the disk, by node and time of measurement, each with what is awaited
 * of it. Most nodes have one at a time, so a node is its key and no other is made.
 */
export interface InFlight<Awaited> {
  of(node: string, timestampMs: number): Awaited | undefined;
  add(node: string, timestampMs: number, awaited: Awaited): void;
  remove(node: string, timestampMs: number): void;
}

interface OfNode<Awaited> {
  /** The only one, unless there are several. */
  timestampMs: number;
  awaited: Awaited;
  several: Map<number, Awaited> | undefined;
}

export function createInFlight<Awaited>(): InFlight<Awaited> {
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
      known.several ??= new Map([[known.timestampMs, known.awaited]]);
      known.several.set(timestampMs, awaited);
    },
    remove(node, timestampMs) {
      const known = nodes.get(node);
      if (known === undefined) return;
      if (known.several ? known.several.delete(timestampMs) && known.several.size === 0 : known.timestampMs === timestampMs) nodes.delete(node);
    },
  };
}
