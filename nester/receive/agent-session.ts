import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import type { AgentAnswer } from '../../protocol/frames.ts';
import { decodeReportFrame } from '../../protocol/frames.ts';
import { LIMITS, PROTOCOL_VERSION } from '../../protocol/limits.ts';
import { scanReportFrame } from '../../protocol/scan-report.ts';
import { ENDED, type Grant } from '../auth/access.ts';
import { isStoreUnavailable, RETRY_SECONDS } from '../http/unavailable.ts';
import { ackFrames } from './ack-frames.ts';
import type { Ingest } from './ingest.ts';
import type { Turns } from './turns.ts';

/** One agent's socket, from welcome to goodbye. */
export interface AgentSession {
  /** Whether reading is suspended because too much is unanswered. */
  isHeldBack(): boolean;
  /** Asks for a measurement now. */
  measure(): void;
  /** Answers what was taken, asks for the rest to be sent again elsewhere, and says goodbye (1001). */
  stop(): void;
  /** The key is no longer good: the same, with another goodbye (4401). */
  refuse(): void;
}

export interface AgentSessionDeps {
  socket: WebSocket;
  /** The connection under the socket: held while several frames are written in one turn. */
  connection: Duplex;
  ingest: Ingest;
  /** On whose right reports come. */
  writer: Grant;
  now: () => number;
  turns: Turns;
  /** Levels of JSON in a frame. */
  jsonDepth: number;
  /** Counts messages that came. Returns for how many ms to read no more, since there were too many. */
  pace: (messages: number) => number;
  /** A report of this node was taken; called for each. */
  spokeFor: (node: string) => void;
  log: { error(details: object, message: string): void };
}

/** A report that was taken, until it is durable. */
interface TakenReport {
  id: number;
  node: string;
  duplicate: boolean;
}

/** Answers that may wait for an agent that does not read. Beyond, it never will. */
const UNREAD_BYTES = 1024 * 1024;

/**
 * Every report gets exactly one answer, `ack`, `reject` or `retry`, with its `id`. Reports are
 * handed on in the order they came. More than may be in flight, or come in a second, are not
 * dropped: reading stops for a while, and the sender feels it as a slow connection.
 */
export function createAgentSession({ socket, connection, ingest, writer, turns, jsonDepth, pace, now, spokeFor, log }: AgentSessionDeps): AgentSession {
  /** Messages that came and are not answered yet. */
  let unanswered = 0;
  /** Taken last, and not durable yet. */
  let together: { durable: Promise<void>; reports: TakenReport[] } | undefined;
  let goodbye: { code: number; reason: string } | undefined;
  let corked = false;
  let pacing: NodeJS.Timeout | undefined;

  /** Frames of one turn leave in one write. */
  function cork(): void {
    if (corked) return;
    corked = true;
    connection.cork();
    setImmediate(() => {
      corked = false;
      connection.uncork();
    });
  }

  function send(frame: AgentAnswer): void {
    if (socket.readyState !== socket.OPEN) return;
    cork();
    socket.send(JSON.stringify(frame));
    cutUnread();
  }

  function cutUnread(): void {
    if (socket.bufferedAmount > UNREAD_BYTES) socket.terminate();
  }

  function take(id: number, report: unknown): void {
    const taken = ingest(report, writer);
    if (!taken.ok) {
      answer({ type: 'reject', id, errors: taken.errors, ...(taken.forbidden ? { status: 403 } : {}) });
      return;
    }
    const { node, duplicate, durable } = taken.taking;
    if (together?.durable !== durable) together = waitFor(durable);
    together.reports.push({ id, node, duplicate });
  }

  /** Reports that go to the disk together are waited for, and acknowledged, together. */
  function waitFor(durable: Promise<void>): { durable: Promise<void>; reports: TakenReport[] } {
    const reports: TakenReport[] = [];
    const settled = (): void => {
      if (together?.reports === reports) together = undefined;
    };
    durable.then(
      () => {
        settled();
        acknowledge(reports);
      },
      (error: unknown) => {
        settled();
        if (!isStoreUnavailable(error)) log.error({ err: error }, 'BUG: a report ended in an unexpected error');
        for (const { id } of reports) answer({ type: 'retry', id, after: RETRY_SECONDS });
      },
    );
    return { durable, reports };
  }

  function acknowledge(reports: readonly TakenReport[]): void {
    if (socket.readyState === socket.OPEN) {
      cork();
      // Past `socket.send`, which would put each into a frame of its own, with two writes: no
      // message of ours is ever compressed, so that none can be on its way in there.
      connection.write(ackFrames(reports));
      cutUnread();
    }
    for (const { node } of reports) spokeFor(node);
    for (let count = reports.length; count > 0; count--) answered();
  }

  function answer(frame: AgentAnswer): void {
    send(frame);
    answered();
  }

  function answered(): void {
    unanswered--;
    settleReading();
    goodbyeWhenDone();
  }

  function settleReading(): void {
    const isTooMuch = unanswered > LIMITS.inFlight || pacing !== undefined;
    if (isTooMuch === socket.isPaused) return;
    if (isTooMuch) socket.pause();
    else socket.resume();
  }

  function keepPace(messages: number): void {
    const waitMs = pace(messages);
    if (pacing !== undefined) return;
    if (waitMs > 0) {
      pacing = setTimeout(() => {
        pacing = undefined;
        // What had come in one piece with the first that was too many is owed, too.
        keepPace(0);
      }, waitMs);
    }
    settleReading();
  }

  function receive(data: RawData, isBinary: boolean): void {
    unanswered++;
    keepPace(1);
    // Only `binaryType` other than the default makes it anything but a Buffer.
    const bytes = data as Buffer;
    turns.run(bytes.length, () => understand(bytes, isBinary));
  }

  function understand(bytes: Buffer, isBinary: boolean): void {
    if (isBinary) {
      answer({ type: 'error', message: 'expected a text frame, got a binary one' });
      return;
    }
    const scanned = scanReportFrame(bytes);
    if (scanned) {
      hear(scanned.id, scanned.report);
      return;
    }
    const frame = decodeReportFrame(bytes.toString('utf8'), jsonDepth);
    if (!frame.ok) {
      const reasons = frame.errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
      answer({ type: 'error', message: reasons.join('; ') });
      return;
    }
    hear(frame.value.id, frame.value.report);
  }

  function hear(id: number, report: unknown): void {
    if (goodbye) answer({ type: 'retry', id, after: RETRY_SECONDS });
    else take(id, report);
  }

  function goodbyeWhenDone(): void {
    if (goodbye && unanswered === 0) socket.close(goodbye.code, goodbye.reason);
  }

  socket.on('message', receive);
  socket.on('close', () => clearTimeout(pacing));
  // A protocol error or a reset: ws closes the socket, and says so in 'close'.
  socket.on('error', () => undefined);
  send({ type: 'welcome', protocol: PROTOCOL_VERSION, serverTime: now() });

  return {
    isHeldBack: () => socket.isPaused,
    measure: () => send({ type: 'measure' }),
    stop() {
      goodbye ??= { code: 1001, reason: 'this Nester is stopping' };
      goodbyeWhenDone();
    },
    refuse() {
      goodbye = ENDED.key;
      goodbyeWhenDone();
    },
  };
}
