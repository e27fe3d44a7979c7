import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { LIMITS } from '../../protocol/limits.ts';
import { ENDED, type Grant } from '../auth/access.ts';
import type { Standing } from '../auth/standing.ts';
import { createSocketServer, refuseUpgrade } from '../http/socket-server.ts';
import { STOPPING } from '../http/unavailable.ts';
import type { Live } from '../live/live.ts';
import { createViewerSockets } from './viewer-socket.ts';

export interface ViewerDoorDeps {
  live: Pick<Live, 'accept'>;
  standing: Pick<Standing, 'hold'>;
  isStopping: () => boolean;
}

/** `/ws`: open pages. Takes an upgrade request of somebody who may read: hands the socket to `live`, or answers with an HTTP error. */
export function createViewerDoor({ live, standing, isStopping }: ViewerDoorDeps) {
  const sockets = createSocketServer(LIMITS.viewerFrameBytes);
  const viewerSocket = createViewerSockets();
  return function open(request: IncomingMessage, connection: Duplex, head: Buffer, grant: Grant): void {
    if (isStopping()) {
      refuseUpgrade(connection, STOPPING);
      return;
    }
    const query = request.url?.split('?', 2)[1];
    const cursor = new URLSearchParams(query).get('cursor') ?? undefined;
    sockets.accept(request, connection, head, (socket) => {
      const release = standing.hold(grant, () => socket.close(ENDED.login.code, ENDED.login.reason));
      socket.on('close', release);
      live.accept(viewerSocket(socket, connection), cursor);
    });
  };
}
