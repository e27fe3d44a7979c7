import type { Parcel } from './outbox.ts';
import type { SpoolEntry } from './spool.ts';

/** A report that is kept. */
export interface Kept extends Parcel {
  onTheWay: boolean;
  /** Where it is on disk; without it, `json` is all there is. */
  entry: SpoolEntry | undefined;
  json: string | undefined;
}

/**
 * The reports kept, oldest first, with their number and size. Parcels handed out are the reports
 * themselves, so that they are found again without a name.
 */
export function createShelf() {
  let reports = new Set<Kept>();
  let bytes = 0;
  let onTheWay = 0;

  function takeAway(report: Kept): boolean {
    if (!reports.delete(report)) return false;
    bytes -= report.bytes;
    if (report.onTheWay) onTheWay--;
    return true;
  }

  return {
    add(report: Kept): void {
      reports.add(report);
      bytes += report.bytes;
      if (report.onTheWay) onTheWay++;
    },
    /** Reports that are older than all that are here. */
    addBefore(older: readonly Kept[]): void {
      reports = new Set([...older, ...reports]);
      bytes += older.reduce((sum, report) => sum + report.bytes, 0);
    },
    /** `false`: it was not here. */
    takeAway: (parcel: Parcel): boolean => takeAway(keptOf(parcel)),
    has: (parcel: Parcel): boolean => reports.has(keptOf(parcel)),
    setOnTheWay(parcel: Parcel, is: boolean): void {
      const report = keptOf(parcel);
      if (!reports.has(report) || report.onTheWay === is) return;
      report.onTheWay = is;
      onTheWay += is ? 1 : -1;
    },
    /**
     * Takes the oldest away until the rest is within the bounds, and returns them. Those on their
     * way are spared: they may be delivered, and then would be counted wrongly.
     */
    takeBeyond(limit: number, limitBytes: number): Kept[] {
      const taken: Kept[] = [];
      for (const report of reports) {
        if (reports.size <= limit && bytes <= limitBytes) break;
        if (!report.onTheWay && takeAway(report)) taken.push(report);
      }
      return taken;
    },
    /** Those not on their way, oldest first. */
    *waiting(): Generator<Kept> {
      for (const report of reports) if (!report.onTheWay) yield report;
    },
    all: (): Kept[] => [...reports],
    count: (): number => reports.size,
    countWaiting: (): number => reports.size - onTheWay,
    bytes: (): number => bytes,
  };
}

export function keptOf(parcel: Parcel): Kept {
  return parcel as Kept; // Parcels are made by the outbox and nowhere else.
}
