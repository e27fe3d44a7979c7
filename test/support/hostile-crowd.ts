import { connect, type Socket } from 'node:net';

/** Everything at once that can be done to a Nester over its port without a key. */
export interface CrowdOptions {
  /** Connections that send one byte of a request now and then. */
  slow: number;
  /** Requests to become a WebSocket whose headers never end. */
  halfOpen: number;
  /** Open pages that never read what they are sent. */
  deaf: number;
  /** Connections that send reports that are not valid, each as soon as the last was answered. */
  floods: number;
  /** Where it all comes from: one address, not that of honest senders. */
  from: string;
}

export interface Crowd {
  /** What the flood was answered with: how many of each status. */
  answers: ReadonlyMap<string, number>;
  /** Of all that is not the flood, how many connections are still open. */
  open: () => number;
  disperse: () => void;
}

const INVALID = '{"node":"","latency":"fast"}';
const FLOOD = `POST /api/report HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${INVALID.length}\r\n\r\n${INVALID}`;
const UPGRADE = 'GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n';
const HANDSHAKE = `${UPGRADE}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`;
const DRIP_MS = 500;

/** Resolves when all of it is going on. */
export async function surround(url: string, { slow, halfOpen, deaf, floods, from }: CrowdOptions): Promise<Crowd> {
  const { port, hostname } = new URL(url);
  const idle = new Set<Socket>();
  const flooding = new Set<Socket>();
  const answers = new Map<string, number>();
  let isOver = false;

  function open(group: Set<Socket>): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port: Number(port), host: hostname, localAddress: from });
      group.add(socket);
      socket.once('connect', () => resolve(socket));
      socket.once('error', reject);
      socket.on('close', () => group.delete(socket));
    });
  }

  async function flood(): Promise<void> {
    const socket = await open(flooding);
    socket.setEncoding('latin1').on('data', (text: string) => {
      for (const [, status = ''] of text.matchAll(/HTTP\/1\.1 (\d{3})/g)) answers.set(status, (answers.get(status) ?? 0) + 1);
      socket.write(FLOOD);
    });
    socket.on('close', () => {
      if (!isOver) void flood().catch(() => undefined);
    });
    socket.on('error', () => undefined);
    socket.write(FLOOD);
  }

  async function quiet(count: number, begin: (socket: Socket) => void): Promise<void> {
    // In parts, so that the queue of the port is not what is tried.
    for (let done = 0; done < count; done += 100) {
      const sockets = await Promise.all(Array.from({ length: Math.min(100, count - done) }, () => open(idle)));
      for (const socket of sockets) {
        socket.on('error', () => undefined);
        begin(socket);
      }
    }
  }

  const slowSockets: Socket[] = [];
  await quiet(slow, (socket) => slowSockets.push(socket));
  await quiet(halfOpen, (socket) => socket.write(UPGRADE));
  await quiet(deaf, (socket) => {
    socket.write(HANDSHAKE);
    socket.pause();
  });
  let at = 0;
  const drip = setInterval(() => {
    at++;
    for (const socket of slowSockets) if (socket.writable) socket.write(FLOOD[at % FLOOD.length] ?? 'x');
  }, DRIP_MS);
  for (let begun = 0; begun < floods; begun++) await flood();

  return {
    answers,
    open: () => idle.size,
    disperse() {
      isOver = true;
      clearInterval(drip);
      for (const socket of [...idle, ...flooding]) socket.destroy();
    },
  };
}
