import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Limits } from '../limits.ts';
import type { Refusal } from './problem.ts';
import { refuseUpgrade } from './socket-server.ts';
import { createTally } from './tally.ts';
import { plainAddress, type TrustProxy } from './trust-proxy.ts';

/** How long somebody who was refused has to read why. */
const GOODBYE_MS = 2_000;
/** How many are told why at a time; the rest of a flood is cut off without a word. */
const GOODBYES = 200;

export interface ConnectionLimitOptions extends Pick<Limits, 'connections' | 'connectionsPerAddress'> {
  /** What one trusted proxy brings are many people's connections. */
  trust: TrustProxy;
  /** Whether words can be written as they are: before a TLS handshake they cannot. */
  speaksPlain: boolean;
}

/**
 * Lets no more connections stay open than there may be, whatever they are used for or not used
 * for. Returns whether a connection was refused: what still comes on it is nobody's request.
 */
export function limitConnections(server: Server, { connections, connectionsPerAddress, trust, speaksPlain }: ConnectionLimitOptions) {
  const tally = createTally({ most: connections, mostEach: connectionsPerAddress });
  const refused = new Set<Socket>();
  const known = new WeakSet<Socket>();

  function refuse(socket: Socket, refusal: Refusal): void {
    if (!speaksPlain || refused.size >= GOODBYES) {
      socket.destroy();
      return;
    }
    refused.add(socket);
    socket.once('close', () => refused.delete(socket));
    socket.setTimeout(GOODBYE_MS, () => socket.destroy());
    refuseUpgrade(socket, refusal);
  }

  server.on('connection', (socket: Socket) => {
    // One whose request was put back comes a second time (`withoutUpgrade`).
    if (known.has(socket)) return;
    known.add(socket);
    const peer = plainAddress(socket.remoteAddress ?? '');
    const address = trust(peer, 0) ? undefined : peer;
    const full = tally.enter(address);
    if (full === undefined) socket.once('close', () => tally.leave(address));
    else refuse(socket, full === 'all' ? ALL : EACH);
  });
  return (socket: Socket): boolean => refused.has(socket);
}

const ALL: Refusal = {
  status: 503,
  detail: 'There are too many connections already (NESTER_MAX_CONNECTIONS). Come back later.',
  headers: { 'Retry-After': '5' },
};
const EACH: Refusal = {
  status: 429,
  detail: 'There are too many connections from this address already (NESTER_MAX_CONNECTIONS_PER_ADDRESS). Come back later.',
  headers: { 'Retry-After': '5' },
};
