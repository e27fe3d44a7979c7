/** Agents' sockets by node: several may speak for one, and one may be open before its first report. */
export interface Links {
  open(node: string): void;
  close(node: string, nowMs: number): void;
  isOpen(node: string): boolean;
  /** When the last socket of the node closed; `undefined` if one is open, or none counts any more. */
  goneAtMs(node: string): number | undefined;
  /**
   * A report came. If it came after the last socket closed, it took another door, and the
   * missing socket says nothing about the site any more.
   */
  heard(node: string, receivedAtMs: number): void;
  /** The clock was set: times kept here move with it. */
  shift(leapMs: number): void;
  /** The node is gone. Sockets still open stay counted. */
  forget(node: string): void;
}

interface Link {
  open: number;
  goneAtMs: number | undefined;
}

export function createLinks(): Links {
  const links = new Map<string, Link>();
  return {
    open(node) {
      const link = links.get(node);
      links.set(node, { open: (link?.open ?? 0) + 1, goneAtMs: undefined });
    },
    close(node, nowMs) {
      const link = links.get(node);
      if (link === undefined || link.open === 0) throw new Error(`BUG: no open socket of ${node} to close`);
      link.open--;
      if (link.open === 0) link.goneAtMs = nowMs;
    },
    isOpen: (node) => (links.get(node)?.open ?? 0) > 0,
    goneAtMs: (node) => links.get(node)?.goneAtMs,
    heard(node, receivedAtMs) {
      const goneAt = links.get(node)?.goneAtMs;
      if (goneAt !== undefined && receivedAtMs > goneAt) links.delete(node);
    },
    shift(leapMs) {
      for (const link of links.values()) if (link.goneAtMs !== undefined) link.goneAtMs += leapMs;
    },
    forget(node) {
      if (links.get(node)?.open === 0) links.delete(node);
    },
  };
}
