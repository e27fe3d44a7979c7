import type { ViewerFrame } from '../../protocol/frames.ts';
import { afterEvent, type Connection, type ConnectionEvent } from './connection.ts';
import { decodeFrame } from './frame.ts';
import type { FeedSocket, OpenSocket } from './socket.ts';

/**
 * What Nester tells its viewers, as frames, for as long as the page is open.
 *
 * After a break it asks for what came since the last frame it has seen. `connection` is told
 * before the frame that changed it, so nothing current is ever painted as old. A socket that
 * died in silence (a sleeping laptop, a line that was pulled) is found out: when nothing was heard
 * for {@link QUIET_MS} Nester is asked for a sign of life, and must answer within
 * {@link ANSWER_MS}.
 */
export interface Feed {
  start(): void;
  /** Something suggests that the link may be dead or may work again: finds out now. */
  check(): void;
  stop(): void;
}

export interface FeedDeps {
  /** Address of the viewers' socket, without cursor. */
  address: URL;
  openSocket: OpenSocket;
  now: () => number;
  /** Calls back regularly until the returned function is called. */
  every: (periodMs: number, callback: () => void) => () => void;
  onFrame: (frame: ViewerFrame) => void;
  onConnection: (connection: Connection) => void;
  /** A connection ended or could not be made; told each time. */
  onBroken: () => void;
}

export const TICK_MS = 2_000;
export const QUIET_MS = 30_000;
export const ANSWER_MS = 8_000;

/** Any frame would do: Nester answers what it does not know with `error`, which proves it is there. */
const SIGN_OF_LIFE = '{"type":"hello"}';

export function createFeed({ address, openSocket, now, every, onFrame, onConnection, onBroken }: FeedDeps): Feed {
  let connection: Connection = { phase: 'opening', sinceMs: now() };
  let socket: FeedSocket | undefined;
  let stopTicking: (() => void) | undefined;
  let cursor: string | undefined;
  let lastHeardMs = now();
  let lastTickMs = now();
  let askedMs: number | undefined;

  function tell(event: ConnectionEvent): void {
    const next = afterEvent(connection, event, now());
    if (next === connection) return;
    connection = next;
    onConnection(connection);
  }

  function heard(): void {
    lastHeardMs = now();
    askedMs = undefined;
  }

  function ask(): void {
    askedMs ??= now();
    socket?.send(SIGN_OF_LIFE);
  }

  /** Now, unless this device was asleep: then all that is known ended when it fell asleep. */
  function lastAwakeMs(): number {
    return now() - lastTickMs > 3 * TICK_MS ? Math.max(lastTickMs, lastHeardMs) : now();
  }

  function tick(): void {
    lastTickMs = now();
    if (connection.phase !== 'live') return;
    if (askedMs !== undefined && now() - askedMs >= ANSWER_MS) {
      askedMs = undefined;
      tell({ type: 'broken', lastHeardMs });
      socket?.reconnect();
    } else if (now() - lastHeardMs >= QUIET_MS) {
      ask();
    }
  }

  return {
    start() {
      lastHeardMs = lastTickMs = now();
      onConnection(connection);
      const place = (): string => {
        const url = new URL(address);
        if (cursor !== undefined) url.searchParams.set('cursor', cursor);
        return url.href;
      };
      socket = openSocket(place, {
        opened() {
          askedMs = undefined;
          // With nothing missed there may be nothing to send: being let in is enough to go on.
          if (cursor === undefined) return;
          heard();
          tell({ type: 'heard' });
        },
        message(text) {
          heard();
          const frame = decodeFrame(text);
          if (frame === undefined) return;
          if (frame.type === 'snapshot' || frame.type === 'reports') cursor = frame.cursor;
          if (cursor !== undefined) tell({ type: 'heard' });
          onFrame(frame);
        },
        broken() {
          askedMs = undefined;
          tell({ type: 'broken', lastHeardMs: lastAwakeMs() });
          onBroken();
        },
      });
      stopTicking = every(TICK_MS, tick);
    },
    check() {
      if (connection.phase === 'live') ask();
      else if (connection.phase === 'lost') socket?.reconnect();
    },
    stop() {
      stopTicking?.();
      socket?.close();
    },
  };
}
