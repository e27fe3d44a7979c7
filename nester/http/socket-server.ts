import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { problemAnswer, type Refusal } from './problem.ts';

/** Turns upgrade requests into WebSockets. The caller has checked that they may be. */
export interface SocketServer {
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, opened: (socket: WebSocket) => void): void;
}

/**
 * No compression: it costs memory per connection and a thread's time per message, and frames
 * here are small or shared by all. `limitBytes`: a larger message closes its socket (1009).
 */
export function createSocketServer(limitBytes: number): SocketServer {
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false, clientTracking: false, maxPayload: limitBytes });
  server.on('wsClientError', (error, socket) => {
    refuseUpgrade(socket, { status: 400, detail: `This is no WebSocket handshake: ${error.message}.`, headers: { 'Sec-WebSocket-Version': '13' } });
  });
  return {
    accept(request, socket, head, opened) {
      server.handleUpgrade(request, socket, head, opened);
    },
  };
}

/** Answers an upgrade request with an ordinary HTTP error, and closes the connection. */
export function refuseUpgrade(socket: Duplex, refusal: Refusal): void {
  const { headers, body } = problemAnswer({ ...refusal, headers: { ...refusal.headers, Connection: 'close' } });
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  // Whoever was refused may be gone already.
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? ''}\r\n${lines.join('')}\r\n${body}`);
}
