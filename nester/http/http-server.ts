import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { refuseUpgrade } from './socket-server.ts';
import { withoutUpgrade } from './without-upgrade.ts';
import type { Refusal } from './problem.ts';
import { TLS_HEADERS } from './security-headers.ts';

export interface HttpHandlers {
  request(request: IncomingMessage, response: ServerResponse): void;
  /** A request to become a WebSocket. */
  upgrade(request: IncomingMessage, connection: Duplex, head: Buffer): void;
}

/** A certificate with its chain, and its private key, both PEM. */
export interface Certificate {
  cert: Buffer;
  key: Buffer;
}

export interface HttpServer {
  /** Resolves to the port that is listened on. Rejects with Node's error (`EADDRINUSE`, `EACCES`, ...). */
  listen(host: string, port: number): Promise<number>;
  /** From now on, new connections get this certificate; those that are open stay. Only where there was one from the start. */
  renew(certificate: Certificate): void;
  /** Takes no new connection, lets requests under way finish for at most `graceMs`, then cuts the rest. */
  close(graceMs: number): Promise<void>;
}

const LIMITS = {
  /** A sender of headers has so long: enough for any line, too short to hold connections for nothing. */
  headersTimeout: 15_000,
  /** The greetings of TLS before it. */
  handshakeTimeout: 15_000,
  /** A whole request: 8 MiB at 600 kbit/s, the worst line a probe's backlog has to pass. */
  requestTimeout: 120_000,
  /** Longer than the 60 s of common proxies, so that it is never us who closes under a request of theirs. */
  keepAliveTimeout: 75_000,
  /** Nobody needs more; parsing thousands costs. */
  maxHeadersCount: 100,
};

/** Older versions have faults that browsers and Node have given up on, too. */
const TLS = { minVersion: 'TLSv1.2' } as const;

/** With a certificate it speaks TLS, and nothing else. */
export function createHttpServer(handlers: HttpHandlers, certificate?: Certificate): HttpServer {
  const { maxHeadersCount, handshakeTimeout, ...timeouts } = LIMITS;
  // Timeouts are looked at every 5 s instead of 30, so that they mean what they say.
  const options = { ...timeouts, connectionsCheckingInterval: 5_000 };
  const tls = certificate && createTlsServer({ ...options, ...TLS, ...certificate, handshakeTimeout });
  const server: Server = tls ?? createServer(options);
  server.on('request', (request, response) => {
    if (tls) for (const [name, value] of Object.entries(TLS_HEADERS)) response.setHeader(name, value);
    handlers.request(request, response);
  });
  server.maxHeadersCount = maxHeadersCount;
  // Whoever reads a body says so first; for all others there is nothing to say.
  server.on('checkContinue', (request, response) => void server.emit('request', request, response));
  server.on('clientError', answerClientError);
  server.on('upgrade', (request, connection, head) => {
    if (request.headers.upgrade?.toLowerCase() === 'websocket') handlers.upgrade(request, connection, head);
    else withoutUpgrade(server, tls ? 'secureConnection' : 'connection', request, connection, head);
  });

  return {
    listen(host, port) {
      return new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen({ host, port }, () => {
          server.off('error', reject);
          // It listens on a port, so this is what it has.
          resolve((server.address() as AddressInfo).port);
        });
      });
    },
    renew: (next) => tls?.setSecureContext({ ...TLS, ...next }),
    close: (graceMs) => close(server, graceMs),
  };
}

function close(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearInterval(sweep);
      clearTimeout(alarm);
      resolve();
    };
    const alarm = setTimeout(() => {
      server.closeAllConnections();
      finish();
    }, graceMs);
    // A connection becomes idle when its request is answered, and nobody tells.
    const sweep = setInterval(() => server.closeIdleConnections(), 20);
    server.close(finish);
  });
}

/** What could not even be read as a request is answered as far as its sender is still there. */
function answerClientError(error: Error & { code?: string }, connection: Duplex): void {
  if (error.code === 'ECONNRESET' || !connection.writable) connection.destroy();
  else refuseUpgrade(connection, refusalOf(error.code));
}

function refusalOf(code: string | undefined): Refusal {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return { status: 431, detail: 'The headers are too large.' };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: 408, detail: 'The request took too long to come.' };
    default:
      return { status: 400, detail: 'This is not a valid HTTP request.' };
  }
}
