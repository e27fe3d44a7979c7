import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { ViewerSocket } from '../live/live.ts';

/**
 * Makes a viewer's socket of one of ws and the connection under it. What many viewers are sent
 * is put into a WebSocket frame once, and handed to each connection as it is: one write and no
 * further work a viewer, where `ws` makes a header for each and writes two pieces.
 *
 * Between the frames of ws itself (pings, the goodbye): without compression it writes each in
 * one go, and so do we.
 */
export function createViewerSockets(): (socket: WebSocket, connection: Duplex) => ViewerSocket {
  let last: { payload: Uint8Array; frame: Buffer } | undefined;

  /** The same bytes come once for each viewer, one viewer after the other. */
  function framed(payload: Uint8Array): Buffer {
    if (last?.payload !== payload) last = { payload, frame: textFrame(payload) };
    return last.frame;
  }

  return (socket, connection) => ({
    get readyState() {
      return socket.readyState;
    },
    get bufferedAmount() {
      return socket.bufferedAmount;
    },
    send(payload, sent) {
      connection.write(framed(payload), sent);
    },
    ping: () => socket.ping(),
    close: (code, reason) => socket.close(code, reason),
    terminate: () => socket.terminate(),
    // Whoever listens gets what ws gives.
    on: socket.on.bind(socket) as ViewerSocket['on'],
  });
}

/** Of the first byte: the only and last piece of a text message. */
const WHOLE_TEXT = 0x81;
const LENGTH_IN_2_BYTES = 126;
const LENGTH_IN_8_BYTES = 127;

/** A text message as a server sends it: whole, not masked (RFC 6455, 5.2). */
export function textFrame(payload: Uint8Array): Buffer {
  const { length } = payload;
  const head = length < LENGTH_IN_2_BYTES ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(head + length);
  frame[0] = WHOLE_TEXT;
  frame[1] = head === 2 ? length : head === 4 ? LENGTH_IN_2_BYTES : LENGTH_IN_8_BYTES;
  if (head === 4) frame.writeUInt16BE(length, 2);
  else if (head === 10) frame.writeBigUInt64BE(BigInt(length), 2);
  frame.set(payload, head);
  return frame;
}
