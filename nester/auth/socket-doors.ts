import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { refuseUpgrade } from '../http/socket-server.ts';
import type { Action, Grant } from './access.ts';
import type { Gate, Gates } from './gates.ts';

/** Where WebSockets of one path are opened, for those who may. */
export interface SocketDoor {
  asks: Action;
  /** Accepts the upgrade, or answers it with an HTTP error. The socket ends when the grant no longer stands. */
  open(request: IncomingMessage, connection: Duplex, head: Buffer, grant: Grant): void;
}

/** Takes the upgrade requests of all paths. Nobody gets to a door without the right that it asks for. */
export function createSocketDoors(gates: Gates, doors: Record<string, SocketDoor>) {
  const byPath = new Map<string | undefined, { door: SocketDoor; gate: Gate }>();
  for (const [path, door] of Object.entries(doors)) byPath.set(path, { door, gate: gates.open(`WS ${path}`, door.asks) });

  return function upgrade(request: IncomingMessage, connection: Duplex, head: Buffer): void {
    const found = byPath.get(request.url?.split('?', 1)[0]);
    if (found === undefined) {
      refuseUpgrade(connection, { status: 404, detail: 'Here is no WebSocket.' });
      return;
    }
    const verdict = found.gate.ask(request);
    if (verdict.ok) found.door.open(request, connection, head, verdict.grant);
    else refuseUpgrade(connection, verdict.refusal);
  };
}
