import { decodeJson } from '../../protocol/json.ts';
import type { ViewerSocket } from './live.ts';

/**
 * One open page.
 *
 * Its socket's buffer is bounded: when more than the limit waits there, the viewer `drains`:
 * it is sent nothing, and once the buffer is empty it needs a snapshot. What was sent in one
 * piece on purpose (a snapshot, what was missed) does not count against the limit.
 */
export interface Viewer {
  /** Sends a frame of what is going on, unless the viewer is behind and will be told all later. */
  follow(frame: Uint8Array): void;
  /** Sends what brings the viewer up to date; from here on it follows. */
  catchUp(frames: readonly Uint8Array[]): void;
  /** Pings; `false` when two pings went unanswered: it is dead. */
  beat(): boolean;
  goodbye(): void;
  cut(): void;
}

interface ViewerDeps {
  bufferedBytes: number;
  messagesPerBeat: number;
  needSnapshot: (viewer: Viewer) => void;
  closed: (viewer: Viewer) => void;
}

const OPEN = 1;

/** "Drained": pings and pongs may still be waiting. */
const DRAINED_BYTES = 16 * 1024;

/** What a viewer says that is answered with `error` between two heartbeats; more is ignored. */
const ERRORS_PER_BEAT = 10;

const DEAD_AFTER = 2;

export function createViewer(socket: ViewerSocket, deps: ViewerDeps): Viewer {
  let phase: 'waiting' | 'following' | 'draining' = 'waiting';
  let limitBytes = deps.bufferedBytes;
  let unanswered = 0;
  let errorsLeft = ERRORS_PER_BEAT;
  let messagesLeft = deps.messagesPerBeat;

  /** Called for every frame that left: the one moment at which a full buffer can have drained. */
  function sent(error?: Error | null): void {
    if (error || socket.bufferedAmount > DRAINED_BYTES) return;
    limitBytes = deps.bufferedBytes;
    if (phase !== 'draining') return;
    phase = 'waiting';
    deps.needSnapshot(viewer);
  }

  function complain(message: string): void {
    if (errorsLeft === 0 || socket.readyState !== OPEN || socket.bufferedAmount > limitBytes) return;
    errorsLeft--;
    socket.send(Buffer.from(JSON.stringify({ type: 'error', message })), sent);
  }

  /** Its goodbye may wait behind what it does not read, or behind what it still says. */
  function flooded(): void {
    if (socket.readyState === OPEN) socket.close(1008, 'too many messages');
    else socket.terminate();
  }

  const viewer: Viewer = {
    follow(frame) {
      if (phase !== 'following' || socket.readyState !== OPEN) return;
      if (socket.bufferedAmount > limitBytes) phase = 'draining';
      else socket.send(frame, sent);
    },
    catchUp(frames) {
      if (socket.readyState !== OPEN) return;
      phase = 'following';
      for (const frame of frames) {
        limitBytes += frame.length;
        socket.send(frame, sent);
      }
    },
    beat() {
      errorsLeft = ERRORS_PER_BEAT;
      messagesLeft = deps.messagesPerBeat;
      if (unanswered >= DEAD_AFTER) return false;
      unanswered++;
      if (socket.readyState === OPEN) socket.ping();
      return true;
    },
    goodbye: () => socket.close(1001, 'Nester stops'),
    cut: () => socket.terminate(),
  };

  socket.on('pong', () => (unanswered = 0));
  socket.on('close', () => deps.closed(viewer));
  // ws closes the socket by itself; without a listener the error would end the process.
  socket.on('error', () => undefined);
  socket.on('message', (data, isBinary) => {
    if (--messagesLeft < 0) flooded();
    else if (errorsLeft > 0) complain(complaint(data, isBinary));
  });
  return viewer;
}

/** Viewers have nothing to say in this version of the protocol; the answer helps who tries. */
function complaint(data: { toString(): string }, isBinary: boolean): string {
  if (isBinary) return 'expected text, got a binary frame';
  const json = decodeJson(data.toString());
  if (!json.ok) return json.errors[0]?.message ?? 'not valid JSON';
  const frame = json.value;
  const type = typeof frame === 'object' && frame !== null && 'type' in frame ? frame.type : undefined;
  if (typeof type !== 'string') return 'expected a JSON object with a type';
  return `unknown type ${JSON.stringify(type.slice(0, 40))}: viewers only listen`;
}
