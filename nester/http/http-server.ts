import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { refuseUpgrade } from './socket-server.ts';
import { limitConnections } from './connection-limit.ts';
import { createFastLane, type FastLane, type PlainHandler } from './fast-lane.ts';
import { withoutUpgrade } from './without-upgrade.ts';
import type { Limits } from '../limits.ts';
import { type Refusal, sendProblem } from './problem.ts';
import { TLS_HEADERS } from './security-headers.ts';
import type { TrustProxy } from './trust-proxy.ts';

export interface HttpHandlers {
  request(request: IncomingMessage, response: ServerResponse): void;
  /** A request to become a WebSocket. */
  upgrade(request: IncomingMessage, connection: Duplex, head: Buffer): void;
  /** Small requests that came in one piece, unless they came over TLS. The others are for `request`. */
  plain?: PlainHandler | undefined;
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

/** The greetings of TLS, before any request. */
const HANDSHAKE_MS = 15_000;
/** Timeouts are looked at so often, so that they mean what they say. */
const LOOK_MS = 5_000;

export interface HttpServerOptions {
  limits: Limits;
  trust: TrustProxy;
  /** With it, the server speaks TLS and nothing else. */
  certificate?: Certificate | undefined;
}

/** Older versions have faults that browsers and Node have given up on, too. */
const TLS = { minVersion: 'TLSv1.2' } as const;

/** What is too many, too large or too slow is refused before anybody is asked about it. */
export function createHttpServer(handlers: HttpHandlers, { limits, trust, certificate }: HttpServerOptions): HttpServer {
  const options = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.headersMs + limits.bodyMs,
    // Longer than the 60 s of common proxies, so that it is never us who closes under a request of theirs.
    keepAliveTimeout: limits.idleMs,
    connectionsCheckingInterval: Math.min(LOOK_MS, Math.ceil(Math.min(limits.headersMs, limits.bodyMs) / 2)),
  };
  const tls = certificate && createTlsServer({ ...options, ...TLS, ...certificate, handshakeTimeout: HANDSHAKE_MS });
  const server: Server = tls ?? createServer(options);
  server.setTimeout(limits.stalledMs);
  const isRefused = limitConnections(server, { ...limits, trust, speaksPlain: tls === undefined });
  const lane = handlers.plain && tls === undefined ? createFastLane(server, { handler: handlers.plain, limits, isRefused }) : undefined;
  server.on('request', (request, response) => {
    if (isRefused(request.socket)) return;
    if (hasTooManyHeaders(request)) {
      sendProblem(response, TOO_MANY_HEADERS);
      return;
    }
    if (tls) for (const [name, value] of Object.entries(TLS_HEADERS)) response.setHeader(name, value);
    handlers.request(request, response);
  });
  // Beyond, Node leaves them out without a word; one more than are allowed tells that there were too many.
  server.maxHeadersCount = limits.headers + 1;
  const hasTooManyHeaders = (request: IncomingMessage): boolean => request.rawHeaders.length / 2 > limits.headers;
  // Whoever reads a body says so first; for all others there is nothing to say.
  server.on('checkContinue', (request, response) => void server.emit('request', request, response));
  server.on('clientError', answerClientError);
  server.on('upgrade', (request, connection, head) => {
    if (isRefused(request.socket)) return;
    if (hasTooManyHeaders(request)) refuseUpgrade(connection, TOO_MANY_HEADERS);
    else if (request.headers.upgrade?.toLowerCase() === 'websocket') handlers.upgrade(request, connection, head);
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
    close: (graceMs) => close(server, lane, graceMs),
  };
}

function close(server: Server, lane: FastLane | undefined, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearInterval(sweep);
      clearTimeout(alarm);
      resolve();
    };
    const alarm = setTimeout(() => {
      server.closeAllConnections();
      lane?.cut();
      finish();
    }, graceMs);
    // A connection becomes idle when its request is answered, and nobody tells.
    const sweep = setInterval(() => server.closeIdleConnections(), 20);
    server.close(finish);
    lane?.close();
  });
}

const TOO_MANY_HEADERS: Refusal = {
  status: 431,
  detail: 'There are too many headers (NESTER_MAX_HEADERS).',
  headers: { Connection: 'close' },
};

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
