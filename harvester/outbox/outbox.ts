import type { Holder } from './holder.ts';

/** A report in the outbox. Compared by identity. */
export interface Parcel {
  readonly timestampMs: number;
  /** About what it takes on the wire. */
  readonly bytes: number;
}

/** A report on its way to Nester. Whoever has it says in the end what became of it. */
export interface Sendable {
  parcel: Parcel;
  json: string;
}

/**
 * Keeps the reports that are not yet with a Nester.
 *
 * Promise: once `keep` has resolved with `durable`, the report is delivered by this process or a
 * later one, even after kill -9 or a power cut, unless the bounds drop it, which is counted.
 * While the folder cannot be used, reports are kept in memory, which is said, and move to the
 * folder as soon as it can be. A report that was delivered may be delivered again after a crash:
 * its time and node are its identity, so Nester knows it.
 */
export interface Outbox {
  /** Never rejects for the folder's sake. `heldBy`: another Harvester works with this folder. */
  open(): Promise<{ heldBy: Holder | undefined } | undefined>;
  /**
   * Gives a report its time and keeps it, already on its way: the caller sends it at once.
   *
   * Times strictly increase: a report is stamped with the time it was measured, or, when the
   * clock was set back, with one millisecond more than the newest time given out, until the
   * clock has passed that. So no two reports of a node share an identity, their order is that
   * of the measurements, and none looks older to Nester than one it has. A clock set forward
   * needs nothing: the stamps follow it, the gap shows. Only when Nester refuses a time as too
   * far in the future (`timesRefused`) is the newest time forgotten, since it got nowhere.
   */
  keep(measuredAtMs: number, write: (facts: KeepFacts) => string): Promise<Sendable & { durable: boolean }>;
  /** The oldest reports that are not on their way, within the bounds, at least one if there is any. */
  take(limit: number, limitBytes: number): Promise<Sendable[]>;
  /** They are with Nester, or refused for ever. */
  remove(parcels: readonly Parcel[]): void;
  /** They are not with Nester and may be taken again. */
  putBack(parcels: readonly Parcel[]): void;
  /** Nester refused a report because of its time: times given out so far bind no longer. */
  timesRefused(): void;
  /** Reports kept, those on their way included. */
  count(): number;
  /** Reports kept that are not on their way. */
  waiting(): number;
  /** Reports lost for lack of room, ever. */
  dropped(): number;
  /** Writes what is known, closes the file, releases the folder. Never rejects. */
  close(): Promise<void>;
}

export interface KeepFacts {
  timestampMs: number;
  kept: number;
  dropped: number;
}
