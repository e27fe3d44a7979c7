import type { IncomingHttpHeaders } from 'node:http';
import { plainAddress, type TrustProxy } from './trust-proxy.ts';

/** What a request says of where it comes from: a small part of `IncomingMessage`. */
export interface Sender {
  headers: IncomingHttpHeaders;
  socket: { remoteAddress?: string | undefined };
}

/**
 * The address a request came from: the nearest one that is not a trusted proxy. What stands
 * before it in `X-Forwarded-For` is anyone's claim.
 */
export function clientAddress(request: Sender, trust: TrustProxy): string {
  let address = plainAddress(request.socket.remoteAddress ?? '');
  const claim = request.headers['x-forwarded-for'];
  if (claim === undefined || !trust(address, 0)) return address;
  const claimed = (typeof claim === 'string' ? claim : claim.join(',')).split(',').reverse();
  for (const [index, part] of claimed.entries()) {
    address = plainAddress(part.trim());
    if (!trust(address, index + 1)) break;
  }
  return address;
}
