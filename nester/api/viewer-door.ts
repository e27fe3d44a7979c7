import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { LIMITS } from '../../protocol/limits.ts';
import { createSocketServer, refuseUpgrade } from '../http/socket-server.ts';
import { STOPPING } from '../http/unavailable.ts';
import type { Live } from '../live/live.ts';
import { createViewerSockets } from './viewer-socket.ts';

export interface ViewerDoorDeps {
  live: Pick<Live, 'accept'>;
  isStopping: () => boolean;
}

/** `/ws`: open pages. Takes an upgrade request: hands the socket to `live`, or answers with an HTTP error. */
export function createViewerDoor({ live, isStopping }: ViewerDoorDeps) {
  const sockets = createSocketServer(LIMITS.viewerFrameBytes);
  const viewerSocket = createViewerSockets();
  return function upgrade(request: IncomingMessage, connection: Duplex, head: Buffer): void {
    if (isStopping()) refuseUpgrade(connection, STOPPING);
    else {
      const query = request.url?.split('?', 2)[1];
      const cursor = new URLSearchParams(query).get('cursor') ?? undefined;
      sockets.accept(request, connection, head, (socket) => live.accept(viewerSocket(socket, connection), cursor));
    }
  };
}
