import type { StoredReport } from '../../protocol/report.ts';

/**
 * The log: what happened, in order, for ever (until retention). The store knows this interface
 * and neither file name nor network.
 *
 * Promise, checked for every implementation by `log.contract.ts`: once `append` has resolved,
 * any later `open` replays the event, even after a power cut; an `append` that rejected is not
 * replayed as long as the process lives on. What was appended, by whoever, comes back through
 * `follow` as one ordered stream, exactly once, and an append resolves only after its event
 * went through the follower.
 */
export interface Log {
  /** Names this log for ever: a cursor from another one is recognised by it. Known after `open`. */
  readonly epoch: string;
  /**
   * Repairs what a crash left, then replays every event in order, in batches, through `follow`'s
   * listener form. Rejects with `NESTER_LOG_...` when the folder cannot be used.
   */
  open(replay: (records: LogRecord[]) => void | Promise<void>): Promise<LogRepairs>;
  /** Called after `open`, before the first append: where new records go, a batch at a time. */
  follow(listener: (records: LogRecord[]) => Promise<void>): void;
  /**
   * Makes events durable, together and in order, and resolves to their sequence numbers
   * (ascending from 1, never reused, gaps allowed). Rejects with a `LogUnavailableError` when
   * they cannot be written: then none of them is kept.
   */
  append(events: readonly LogEvent[]): Promise<number[]>;
  /**
   * The same for one event, for whoever has ten thousand a second: all that are written together
   * get the same promise. `text` writes the report, in place of the event's `json`.
   */
  join(event: LogEvent, text?: ReportText): Promise<void>;
  /**
   * The JSON bytes of report records, in the order asked. Contiguous places cost one read.
   * Places stay readable until `removeThrough` or `purge` resolved for reads begun before.
   */
  read(places: readonly Place[]): Promise<Uint8Array[]>;
  /** The same in one piece, each with `before` in front of it: of at most 16 bytes. */
  readJoined(places: readonly Place[], before: Uint8Array): Promise<Buffer>;
  /** Removes whole segments that hold nothing after `seq`. What it removes is the caller's judgement. */
  removeThrough(seq: number): Promise<void>;
  /**
   * Rewrites segments without the records that `isDead` names, so that what was forgotten is
   * also gone from the disk. `moved` tells the new place of each report that stayed, all of a
   * segment in one synchronous run.
   */
  purge(isDead: (seq: number) => boolean, moved: (seq: number, place: Place) => void): Promise<void>;
  /** Waits for what is under way, syncs and closes. Further appends reject. */
  close(): Promise<void>;
}

/** One event as it is kept. */
export type LogEvent =
  | ReportEvent
  /** Every report of the node before this event is gone. */
  | { type: 'forget'; node: string }
  /**
   * The reports of these sequence numbers (first and last, inclusive) are gone; with `edit`
   * because an operator took them away, else because they were old.
   */
  | { type: 'drop'; ranges: [number, number][]; edit?: true | undefined }
  /**
   * data.json was synced to disk and held every live report up to `through`: its first `bytes`
   * bytes (all but the end of the array), of which `crc` is the CRC-32.
   */
  | { type: 'mirrored'; through: number; bytes: number; crc: number };

export interface ReportEvent {
  /**
   * `keep` carries a report forward, so that the segment it was in can go: it replaces the one
   * with the same identity, and is nothing new to anyone.
   */
  type: 'report' | 'keep';
  node: string;
  timestampMs: number;
  receivedAtMs: number;
  /**
   * The report as in data.json: one line of JSON without line break. Empty where somebody else writes
   * it ({@link ReportText}), and in a replay: `read` brings it.
   */
  json: string;
  /** The decoded report, where the appender still has it; the log hands it on and never writes it. */
  report?: StoredReport;
}

/** Writes the report of an event: one line of JSON in ASCII that begins with its node. */
export interface ReportText {
  /** Bytes it takes, at most. */
  readonly mostBytes: number;
  /** Returns where it ends. */
  write(into: Buffer, at: number): number;
}

export interface LogRecord {
  seq: number;
  event: LogEvent;
  /** CRC-32 of the JSON bytes alone (UTF-8); reports only, else 0. */
  crc: number;
  /** Where the JSON bytes are; reports only. */
  place: Place;
  /** These bytes, in memory that is used again: for the follower alone, and until it is done. Reports only. */
  json?: Buffer;
}

/** Where a report's JSON is kept. Numbers only, so that the index can hold them in typed arrays. */
export interface Place {
  /** Number of the segment. */
  segment: number;
  /** Position of the first byte of the JSON. */
  offset: number;
  /** Bytes of the JSON. */
  length: number;
}

/** What `open` found wrong and did about it. Empty when the log was in order. */
export interface LogRepairs {
  /** One sentence each, with file and line: for the operator's log. */
  messages: string[];
  /** Records were lost besides the torn end: data.json may still have them. */
  damaged: boolean;
}

/** The log cannot take events now (disk full, file system error). Try again later. */
export class LogUnavailableError extends Error {
  readonly code = 'NESTER_LOG_UNAVAILABLE';
  constructor(cause: unknown) {
    super(`the log cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'LogUnavailableError';
  }
}
