import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Refusal } from '../http/problem.ts';
import { refuseUpgrade } from '../http/socket-server.ts';
import { createTally } from '../http/tally.ts';
import type { Limits } from '../limits.ts';
import type { Action, Grant } from './access.ts';
import type { Gate, Gates } from './gates.ts';

/** Where WebSockets of one path are opened, for those who may. */
export interface SocketDoor {
  asks: Action;
  /** Accepts the upgrade, or answers it with an HTTP error. The socket ends when the grant no longer stands. */
  open(request: IncomingMessage, connection: Duplex, head: Buffer, grant: Grant): void;
}

export interface SocketDoorsOptions {
  limits: Pick<Limits, 'sockets' | 'socketsPerAddress'>;
  addressOf: (request: IncomingMessage) => string;
}

/**
 * Takes the upgrade requests of all paths. Nobody gets to a door without the right that it asks
 * for, nor when there are as many sockets as there may be.
 */
export function createSocketDoors(gates: Gates, doors: Record<string, SocketDoor>, { limits, addressOf }: SocketDoorsOptions) {
  const tally = createTally({ most: limits.sockets, mostEach: limits.socketsPerAddress });
  const byPath = new Map<string | undefined, { door: SocketDoor; gate: Gate }>();
  for (const [path, door] of Object.entries(doors)) byPath.set(path, { door, gate: gates.open(`WS ${path}`, door.asks) });

  return function upgrade(request: IncomingMessage, connection: Duplex, head: Buffer): void {
    const found = byPath.get(request.url?.split('?', 1)[0]);
    if (found === undefined) {
      refuseUpgrade(connection, { status: 404, detail: 'Here is no WebSocket.' });
      return;
    }
    const verdict = found.gate.ask(request);
    if (!verdict.ok) {
      refuseUpgrade(connection, verdict.refusal);
      return;
    }
    const address = addressOf(request);
    const full = tally.enter(address);
    if (full !== undefined) {
      refuseUpgrade(connection, full === 'all' ? ALL : EACH);
      return;
    }
    connection.once('close', () => tally.leave(address));
    found.door.open(request, connection, head, verdict.grant);
  };
}

const ALL: Refusal = {
  status: 503,
  detail: 'There are too many WebSockets already (NESTER_MAX_SOCKETS). Come back later.',
  headers: { 'Retry-After': '5' },
};
const EACH: Refusal = {
  status: 429,
  detail: 'There are too many WebSockets from this address already (NESTER_MAX_SOCKETS_PER_ADDRESS). Come back later.',
  headers: { 'Retry-After': '5' },
};
