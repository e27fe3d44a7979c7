import type { ViewerSocket } from './live.ts';

/** A viewer's socket for tests: keeps what it was sent, and drains when told. */
export interface RecordedSocket extends ViewerSocket {
  /** Frames sent, parsed. */
  readonly frames: () => Frame[];
  /** Frames sent, as they were given. */
  raw: Uint8Array[];
  pings: number;
  closed: { code: number; reason: string } | undefined;
  terminated: boolean;
  /** From now on nothing leaves the buffer. */
  stall(): void;
  /** The operating system takes all that waits; what is sent from now on leaves at once. */
  drain(): void;
  pong(): void;
  say(text: string, isBinary?: boolean): void;
  /** The other end went away. */
  hangUp(): void;
}

export interface Frame {
  type: string;
  [key: string]: unknown;
}

export function createRecordedSocket(): RecordedSocket {
  const listeners = new Map<string, ((...args: never[]) => void)[]>();
  let state = 1;
  let stalled = false;
  let buffered = 0;
  let waiting: ((error?: Error | null) => void)[] = [];

  function emit(event: string, ...args: unknown[]): void {
    // What was registered under the event's name takes the event's arguments.
    for (const listener of listeners.get(event) ?? []) (listener as (...args: unknown[]) => void)(...args);
  }
  function shut(): void {
    if (state === 3) return;
    state = 3;
    emit('close');
  }

  const socket: RecordedSocket = {
    raw: [],
    pings: 0,
    closed: undefined,
    terminated: false,
    get readyState() {
      return state;
    },
    get bufferedAmount() {
      return buffered;
    },
    frames: () => socket.raw.map((frame) => JSON.parse(Buffer.from(frame).toString()) as Frame),
    send(frame, sent) {
      if (state !== 1) throw new Error('a viewer was sent a frame after it closed');
      socket.raw.push(frame);
      if (stalled) {
        buffered += frame.length;
        waiting.push(sent);
      } else sent();
    },
    ping() {
      socket.pings++;
    },
    close(code, reason) {
      socket.closed = { code, reason };
      state = 2;
    },
    terminate() {
      socket.terminated = true;
      shut();
    },
    on(event: string, listener: (...args: never[]) => void) {
      listeners.set(event, [...(listeners.get(event) ?? []), listener]);
    },
    stall: () => void (stalled = true),
    drain() {
      stalled = false;
      buffered = 0;
      const sent = waiting;
      waiting = [];
      for (const call of sent) call();
    },
    pong: () => emit('pong'),
    say: (text, isBinary = false) => emit('message', Buffer.from(text), isBinary),
    hangUp: shut,
  };
  return socket;
}
