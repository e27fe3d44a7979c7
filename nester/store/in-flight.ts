/**
 * Reports on their way to the disk, by node and time of measurement, each with what is awaited
 * of it. Most nodes have one at a time, so a node has an entry and no report a key; and the entry
 * stays for the next one, since a map that is filled and emptied all the time is copied all the time.
 */
export interface InFlight<Awaited> {
  /** The entry of a node: to be held while one of its reports is on its way, and no longer. */
  ofNode(node: string): NodeFlights<Awaited>;
  remove(entry: NodeFlights<Awaited>, timestampMs: number): void;
  of(node: string, timestampMs: number): Awaited | undefined;
}

export interface NodeFlights<Awaited> {
  /** The only one, unless there are several; `NaN` while there is none. */
  timestampMs: number;
  awaited: Awaited | undefined;
  several: Map<number, Awaited> | undefined;
}

/** Nodes that are remembered while they have none; beyond, those are let go of all at once. */
const REMEMBERED_NODES = 20_000;

export function createInFlight<Awaited>(remembered = REMEMBERED_NODES): InFlight<Awaited> {
  const nodes = new Map<string, NodeFlights<Awaited>>();
  let mostNodes = remembered;

  /** Costs each node that came since the last time one look. */
  function makeRoom(): void {
    for (const [node, { several, awaited }] of nodes) if (!several && awaited === undefined) nodes.delete(node);
    mostNodes = Math.max(remembered, 2 * nodes.size);
  }

  return {
    ofNode(node) {
      const known = nodes.get(node);
      if (known) return known;
      if (nodes.size >= mostNodes) makeRoom();
      const entry = { timestampMs: NaN, awaited: undefined, several: undefined };
      nodes.set(node, entry);
      return entry;
    },
    remove(entry, timestampMs) {
      const isLast = entry.several ? entry.several.delete(timestampMs) && entry.several.size === 0 : entry.timestampMs === timestampMs;
      if (!isLast) return;
      entry.several = undefined;
      entry.awaited = undefined;
      entry.timestampMs = NaN;
    },
    of(node, timestampMs) {
      const known = nodes.get(node);
      return known && awaitedOf(known, timestampMs);
    },
  };
}

export function awaitedOf<Awaited>({ several, timestampMs, awaited }: NodeFlights<Awaited>, ms: number): Awaited | undefined {
  if (several) return several.get(ms);
  return timestampMs === ms ? awaited : undefined;
}

export function addFlight<Awaited>(entry: NodeFlights<Awaited>, timestampMs: number, awaited: Awaited): void {
  const { several, awaited: only } = entry;
  if (several) several.set(timestampMs, awaited);
  else if (only === undefined) {
    entry.timestampMs = timestampMs;
    entry.awaited = awaited;
  } else {
    entry.several = new Map([
      [entry.timestampMs, only],
      [timestampMs, awaited],
    ]);
  }
}
