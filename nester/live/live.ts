import type { NodeState } from '../../protocol/node-state.ts';

/** The viewers' side of Nester: what happened goes to every open page (docs/api.md, `/ws`). */
export interface Live {
  /**
   * Reports stored, in order of receipt: JSON texts without `hosts`; those that are bytes, UTF-8, are
   * copied. `cursor` is the position after the last.
   */
  publishReports(cursor: string, reports: readonly (string | Uint8Array)[]): void;
  /** States that changed. Sent after the reports published before. */
  publishNodes(nodes: readonly NodeState[]): void;
  publishRemoved(nodes: readonly string[]): void;
  /** What is published meanwhile belongs together, and is sent together. */
  together(publish: () => void): void;
  /** Takes over an accepted viewer socket. `cursor`: where it left off, if it said so. */
  accept(socket: ViewerSocket, cursor: string | undefined): void;
  /** Viewers now open. */
  count(): number;
  /** Sends what is gathered, says goodbye (1001) to every viewer. */
  close(): void;
}

/** What is needed of a viewer's socket. */
export interface ViewerSocket {
  /** 1: open. */
  readonly readyState: number;
  /** Bytes accepted by `send` that the operating system has not taken yet. */
  readonly bufferedAmount: number;
  /**
   * Sends a text message, UTF-8. The same bytes are given for each viewer that gets them, one
   * after the other. `sent` is called once the operating system has them, or with what prevented it.
   */
  send(text: Uint8Array, sent: (error?: Error | null) => void): void;
  ping(): void;
  close(code: number, reason: string): void;
  /** Closes at once, without a goodbye. */
  terminate(): void;
  on(event: 'message', listener: (data: { toString(): string }, isBinary: boolean) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'pong' | 'close', listener: () => void): unknown;
}

export interface LiveDeps {
  /** The whole truth now. Everything published before is in it. */
  snapshot: () => { cursor: string; nodes: readonly NodeState[] };
  /** Name of the script of the page, told with each snapshot. */
  page?: string | undefined;
  /** Epoch ms. */
  now: () => number;
  /** Runs once after the delay. Returns what cancels it. */
  schedule: (delayMs: number, run: () => void) => () => void;
  limits?: Partial<LiveLimits>;
}

export interface LiveLimits {
  /** What comes in quick succession is gathered into one frame each time that this has passed. */
  gatherMs: number;
  /** So many frames may go at once before anything is gathered. */
  earlyFrames: number;
  /** Snapshots are made no closer together than this: a crowd that reconnects shares them. */
  snapshotPaceMs: number;
  /** A viewer with more than this waiting in its socket is sent nothing until it drained. */
  bufferedBytes: number;
  /** What is remembered for viewers that come back with a cursor: reports and states, and their bytes. */
  keptItems: number;
  keptBytes: number;
  /** What a viewer may say between two pings before its socket is closed. */
  messagesPerBeat: number;
  /** Time between pings. */
  heartbeatMs: number;
  /** How long a goodbye may take. */
  goodbyeMs: number;
}

export const LIVE_LIMITS: LiveLimits = {
  gatherMs: 50,
  earlyFrames: 5,
  snapshotPaceMs: 100,
  bufferedBytes: 1024 * 1024,
  keptItems: 10_000,
  keptBytes: 8 * 1024 * 1024,
  messagesPerBeat: 250_000,
  heartbeatMs: 25_000,
  goodbyeMs: 2_000,
};
