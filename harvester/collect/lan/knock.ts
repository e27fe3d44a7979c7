import { createSocket } from 'node:dgram';
import { type Clock, delay } from '../../clock.ts';

/** Sends each address one empty datagram, gently. Resolves when all are sent. Never rejects. */
export type Knock = (addresses: readonly string[], signal?: AbortSignal) => Promise<void>;

/** Discard (RFC 863): nobody does anything with what arrives there. */
const DISCARD = 9;
/** A /24 takes two and a half seconds. */
const SPACING_MS = 10;

/**
 * The datagram itself matters to nobody. To send it, the system must ask by ARP who has the
 * address, and every host answers that, also those that answer no `ping`; the neighbour table
 * then has it. No rights are needed and no program is started.
 */
export function createKnock(clock: Clock, port = DISCARD): Knock {
  return function knock(addresses, signal) {
    return new Promise((resolve) => {
      const socket = createSocket('udp4');
      const close = (): void => {
        socket.removeAllListeners();
        socket.on('error', () => undefined);
        socket.close();
        resolve();
      };
      socket.once('error', close);
      socket.bind(0, () => {
        void (async () => {
          for (const address of addresses) {
            if (signal?.aborted) break;
            // An address that cannot be reached is one where nobody answers.
            socket.send('', port, address, () => undefined);
            await delay(clock, SPACING_MS, signal);
          }
          close();
        })();
      });
    });
  };
}
