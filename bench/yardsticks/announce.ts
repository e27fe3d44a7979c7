import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Listens on a free port of the loopback, says where, and ends at SIGTERM: as Nester does. */
export function announce(server: Server): void {
  server.listen(0, '127.0.0.1', () => {
    console.log(`Yardstick listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
  process.once('SIGTERM', () => process.exit(0));
}
