/**
 * When the last reports were written to data.json, by the file system's own clock. An edit is
 * judged by it: what was written after its author last read the file, the author never saw.
 */
export interface Arrivals {
  /** Reports up to `seq` are in the file since `modifiedMs`. */
  note(seq: number, modifiedMs: number): void;
  /** Highest sequence number whose report was in the file before `ms`. What came in the same tick counts as unseen. */
  writtenBefore(ms: number): number;
}

/** Batches remembered. Whatever is older was there before any edit under way. */
const REMEMBERED = 4096;

export function createArrivals(): Arrivals {
  let batches: { seq: number; modifiedMs: number }[] = [];
  /** Highest sequence number no longer remembered. */
  let before = 0;
  return {
    note(seq, modifiedMs) {
      batches.push({ seq, modifiedMs });
      if (batches.length < REMEMBERED * 2) return;
      before = batches[REMEMBERED - 1]?.seq ?? before;
      batches = batches.slice(REMEMBERED);
    },
    writtenBefore(ms) {
      let seq = before;
      for (const batch of batches) {
        if (batch.modifiedMs >= ms) break;
        seq = batch.seq;
      }
      return seq;
    },
  };
}
