/** Gives times to reports that have none. */
export interface Stamps {
  /** The time of receipt, or the next ms after the node's last one that is free. */
  next(node: string, receivedAtMs: number): number;
  forget(node: string): void;
}

/**
 * A node that sends more than one report per ms may run ahead of the clock by so much; beyond,
 * the clock was set back, and must not drag the node's times along for ever.
 */
const LEAD_MS = 60_000;

/** `taken` says whether the node has, or is about to have, a report of that time. */
export function createStamps(taken: (node: string, timestampMs: number) => boolean): Stamps {
  const last = new Map<string, number>();
  return {
    next(node, receivedAtMs) {
      let ms = Math.max(receivedAtMs, (last.get(node) ?? 0) + 1);
      if (ms - receivedAtMs > LEAD_MS) ms = receivedAtMs;
      while (taken(node, ms)) ms++;
      last.set(node, ms);
      return ms;
    },
    forget(node) {
      last.delete(node);
    },
  };
}
