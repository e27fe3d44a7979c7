import type { Report, StoredReport } from '../../protocol/report.ts';
import type { ScannedReport } from '../../protocol/scan-report.ts';

/**
 * Keeps reports. The rest of Nester knows this interface and no file name.
 *
 * Promise: once `append` has resolved, the report is durable in the log, and data.json (unless
 * its disk refuses) holds it; any later process that opens the store finds it, even after a
 * power cut. The follower saw it before.
 */
export interface ReportStore {
  /** Recovers, imports, compares data.json. Resolves to what is known of each node. */
  open(): Promise<NodeHistory[]>;
  /** Receives every change, in order. One follower; set before `open`. */
  follow(listener: (change: StoreChange) => void): void;
  /** Has someone along who keeps what reports tell beyond the reports themselves. One; set before `open`. */
  accompany(companion: Companion): void;
  /**
   * Keeps one decoded report. A report without timestamp gets `receivedAtMs`, made unique for
   * the node. Resolves when durable; rejects with `StoreUnavailableError` (nothing kept) when
   * the disk refuses.
   */
  append(report: Report, receivedAtMs: number): Promise<Kept>;
  /**
   * The same, for whoever takes thousands a second: says at once what is going to be kept. Reports
   * that go to the disk together share their promise. `scanned`: what is known of the report's own
   * text, where that is as it will be kept.
   */
  take(report: Report, receivedAtMs: number, scanned?: Scanned): Taking;
  /** Forgets a node and its reports, on disk too. Resolves to whether it was known. */
  forget(node: string): Promise<boolean>;
  /** Reports kept, in the order asked, as batches of JSON bytes (one report each). */
  select(query: ReportQuery): Selection;
  /**
   * Shows `visit` every report kept, or those of one node, in order of receipt, a few at a time;
   * each is kept at the moment it is shown. Reports that come after the walk began are not
   * shown, unless they were carried forward.
   */
  walk(visit: (reports: WalkedReport[]) => void, node?: string): Promise<void>;
  /**
   * Of each node, or of one, the newest report by time of measurement among those that are kept
   * and were received up to then. In batches, in no order.
   */
  asOf(receivedUntilMs: number, node?: string): AsyncIterable<ReportAsOf[]>;
  /** The log that sequence numbers belong to, and the last of them. Known after `open`. */
  position(): { epoch: string; seq: number };
  /** Position after the newest report the follower saw: `<log>-<sequence>`. */
  cursor(): string;
  /** Changes whenever an answer of `select` may change. For ETags. */
  version(): string;
  /** Whether appends are expected to succeed; false after a failed write until one succeeds. */
  writable(): boolean;
  /** Number of reports kept. */
  count(): number;
  close(): Promise<void>;
}

/** What is needed of a report that was read from its bytes. */
export type Scanned = Pick<ScannedReport, 'timestampMs' | 'completed'>;

export interface Kept {
  node: string;
  /** ISO 8601 UTC with ms. */
  timestamp: string;
  /** It was kept already; nothing was stored or published. */
  duplicate: boolean;
}

/** A report on its way. What is said of it holds once `durable` has resolved; it settles as `append` does. */
export interface Taking extends Kept {
  durable: Promise<void>;
}

/** What was taken, once it is durable: what `append` resolves to. */
export async function whenDurable({ durable, ...kept }: Taking): Promise<Kept> {
  await durable;
  return kept;
}

/** The newest report of a node as it was at some moment. */
export interface ReportAsOf {
  node: string;
  receivedAtMs: number;
  /** The report's one serialisation, as in data.json. */
  json: Uint8Array;
  /** Times of the last reports that were the newest when they came, this one's first, at most 10, epoch ms. */
  times: () => number[];
}

/** What the state of a node is made from at start, or after reports were taken away. */
export interface NodeHistory {
  node: string;
  /** The newest report by time of measurement. */
  newest: StoredReport;
  /** Times of the node's last reports, newest first, at most 10, epoch ms: the learnt interval. */
  times: number[];
}

export type StoreChange =
  /** Reports were stored, in order of receipt. `cursor` is the position after the last. */
  | { type: 'reports'; cursor: string; reports: KeptReport[] }
  /** Reports were taken away (forgotten, dropped by an edit): what is left of these nodes. */
  | { type: 'rebuilt'; cursor: string; nodes: { node: string; history: NodeHistory | undefined }[] };

export interface KeptReport {
  report: StoredReport;
  /** Its time of measurement, epoch ms. */
  timestampMs: number;
  /** The report's one serialisation, as in data.json. Of no more use once the follower has returned. */
  json: Buffer;
}

/** A report as those see it who keep account of them. */
export interface AccountedReport {
  /** Its place in the log: ascending in order of receipt. */
  seq: number;
  timestampMs: number;
  report: StoredReport;
}

export interface WalkedReport extends AccountedReport {
  /** Written again under a new number by retention, long after it was received. */
  carried: boolean;
}

/** A report that an operator took away, or put another one in the place of. */
export interface TakenReport {
  node: string;
  timestampMs: number;
  seq: number;
  /** Sequence number of what took it away. */
  by: number;
  /** That was another report, which is told of next. */
  isReplaced: boolean;
}

/**
 * Goes along with a store and keeps account of its reports, by their sequence numbers.
 *
 * `taken` and `forgotten` are told from the very first on that the log knows of, also while the
 * store opens; `stored` only of what comes after, since `walk` shows the others. All three in
 * the order of the log, and before the follower hears of it.
 */
export interface Companion {
  stored(reports: readonly AccountedReport[]): void;
  taken(reports: readonly TakenReport[]): void;
  /** Every report of the node before `seq` is gone. */
  forgotten(node: string, seq: number): void;
  /** Resolves when nothing of a node from before `seq` is left on disk either. */
  erased(node: string, seq: number): Promise<void>;
  /**
   * These reports, batch by batch, are about to be retired. Resolves when they may; rejects, and
   * they stay, when what they tell could not be written.
   */
  leaving(batches: Iterable<readonly { node: string; timestampMs: number }[]>): Promise<void>;
  /**
   * These are about to be carried forward: who reads them anew holds them for counted already.
   * Resolves when they are; rejects, and they stay where they are, when that could not be written.
   */
  carrying(batches: Iterable<readonly { node: string; timestampMs: number }[]>): Promise<void>;
  /** They are retired; or, with `areGone` false, they stay after all. */
  left(areGone: boolean): void;
}

/** For a store without one. */
export const NO_COMPANION: Companion = {
  stored: () => undefined,
  taken: () => undefined,
  forgotten: () => undefined,
  erased: () => Promise.resolve(),
  leaving: () => Promise.resolve(),
  carrying: () => Promise.resolve(),
  left: () => undefined,
};

export interface ReportQuery {
  node?: string | undefined;
  /** Epoch ms, inclusive. */
  since?: number | undefined;
  /** Epoch ms, inclusive. */
  until?: number | undefined;
  limit?: number | undefined;
  /** By time of measurement; `asc` unless told. Ignored with `after`. */
  order?: 'asc' | 'desc' | undefined;
  /** Only what was received after this cursor, in order of receipt. */
  after?: string | undefined;
}

export interface Selection {
  /** `false`: `after` is not a cursor of this store; the whole is returned instead. */
  cursorKnown: boolean;
  /** Position to continue from once all batches were read. */
  cursor: string;
  /** Batches of reports, each the JSON of one report. At most about 1 MiB is in memory. */
  batches(): AsyncIterable<Uint8Array[]>;
  /** The same in pieces, each report with `before` in front of it: of at most 16 bytes. */
  joined(before: Uint8Array): AsyncIterable<Buffer>;
}

/** Nothing can be stored now: the disk is full or broken. */
export class StoreUnavailableError extends Error {
  readonly code = 'NESTER_STORE_UNAVAILABLE';
  constructor(cause: unknown) {
    super(`the report could not be written: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'StoreUnavailableError';
  }
}
