import type { WebSocket } from 'ws';

/** Silence after which a ping is sent, and answers missed after which a socket is dead. */
export const HEARTBEAT = { everyMs: 25_000, missed: 2 };

/**
 * Pings one socket and ends it when two pings in a row went unanswered: a peer that vanished
 * without a word (power, radio, a firewall's table) never closes its side. `isHeldBack` says
 * that we are not reading from it ourselves, so that an answer could not have been seen.
 * Stops by itself when the socket closes.
 */
export function keepAlive(socket: WebSocket, isHeldBack: () => boolean, everyMs: number = HEARTBEAT.everyMs): void {
  let missed = 0;
  const timer = setInterval(() => {
    if (isHeldBack()) return;
    if (missed >= HEARTBEAT.missed) {
      socket.terminate();
      return;
    }
    missed++;
    socket.ping();
  }, everyMs);
  timer.unref();
  socket.on('pong', () => (missed = 0));
  socket.on('close', () => clearInterval(timer));
}
