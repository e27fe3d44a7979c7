import type { LookupFunction } from 'node:net';
import { type ClientOptions, WebSocket } from 'ws';
import { certificateTrouble } from './certificate-trouble.ts';

export interface AgentSocketDeps {
  key: string | undefined;
  /** Certificates (PEM) that alone may vouch for a Nester's. */
  ca?: string | undefined;
  version: string;
  lookup: LookupFunction;
  /** Something came: a frame or a ping. */
  heard: () => void;
  /** Why the connection failed or broke. */
  broken: (reason: string) => void;
}

type AgentSocketClass = new (address: string | URL, protocols?: string | string[]) => WebSocket;

/** Nester's frames are small: an answer, a refusal with its reasons. */
const FRAME_BYTES = 64 * 1024;
export const HANDSHAKE_MS = 10_000;

/**
 * The WebSocket class that reconnecting-websocket is to make its sockets of: it takes only an
 * address, so everything else is settled here. A class, because that is what it calls for.
 */
export function createAgentSocket({ key, ca, version, lookup, heard, broken }: AgentSocketDeps): AgentSocketClass {
  // ws hands options it does not know to the socket it opens; its types do not say so of `lookup`.
  const options: ClientOptions & { lookup: LookupFunction } = {
    headers: { 'user-agent': `nester-harvester/${version}`, ...(key === undefined ? {} : { 'x-api-key': key }) },
    maxPayload: FRAME_BYTES,
    handshakeTimeout: HANDSHAKE_MS,
    perMessageDeflate: false,
    followRedirects: false,
    // Whatever NODE_TLS_REJECT_UNAUTHORIZED says.
    rejectUnauthorized: true,
    ...(ca === undefined ? {} : { ca }),
    lookup,
  };
  return class AgentSocket extends WebSocket {
    constructor(address: string | URL, protocols?: string | string[]) {
      super(address, protocols ?? [], options);
      // Also when nobody else listens any more: an unheard error would end the process.
      this.on('error', (error) => broken(certificateTrouble(error) ?? error.message));
      this.on('ping', heard);
      this.on('message', heard);
    }
  };
}
