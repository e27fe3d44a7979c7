import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

/** Headers that ask for, or belong to, another protocol than WebSocket. */
const OF_UPGRADE = new Set(['upgrade', 'http2-settings']);

/**
 * Serves a request that offers to speak another protocol (Java's client and `curl --http2`
 * offer `h2c`) as the ordinary request that it also is: a server may ignore an offer (RFC 9110,
 * 7.8). Node has let go of the connection by now, so the request is put back, without the
 * offer, and read once more. `event`: what the server calls a connection that is ready to be read.
 */
export function withoutUpgrade(
  server: Server,
  event: 'connection' | 'secureConnection',
  request: IncomingMessage,
  connection: Duplex,
  head: Buffer,
): void {
  const lines = [`${request.method ?? 'GET'} ${request.url ?? '/'} HTTP/${request.httpVersion}`];
  for (let at = 0; at + 1 < request.rawHeaders.length; at += 2) {
    const name = request.rawHeaders[at] ?? '';
    const value = request.rawHeaders[at + 1] ?? '';
    if (OF_UPGRADE.has(name.toLowerCase())) continue;
    const kept = name.toLowerCase() === 'connection' ? withoutOffers(value) : value;
    if (kept !== '') lines.push(`${name}: ${kept}`);
  }
  // What came after the headers first: the last put back is the first read.
  if (head.length > 0) connection.unshift(head);
  connection.unshift(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'));
  server.emit(event, connection);
}

function withoutOffers(connection: string): string {
  const tokens = connection.split(',').map((token) => token.trim());
  return tokens.filter((token) => !OF_UPGRADE.has(token.toLowerCase())).join(', ');
}
