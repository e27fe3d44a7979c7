import { connect } from 'node:net';

/** The client's end of `/ws/agent`: just enough WebSocket not to be what is measured. */
export interface AgentConnection {
  /** Whole frames, one or several. */
  send(frames: Buffer): void;
  close(): void;
}

/** A report's frame as text; its `id` is to be patched, with ten digits. */
export function wrapInFrame(report: string): string {
  return `{"type":"report","id":1000000000,"report":${report}}`;
}

/** Head of a masked text frame with so many bytes. The mask is zero, so the payload can be patched in place. */
export function frameHead(bytes: number): Buffer {
  if (bytes < 126 || bytes > 65_535) throw new Error(`BUG: a payload of ${bytes} bytes`);
  const head = Buffer.alloc(8);
  head[0] = 0x81;
  head[1] = 0x80 | 126;
  head.writeUInt16BE(bytes, 2);
  return head;
}

/**
 * `received` gets how many acknowledgements came in one go; anything else but a welcome is a failure.
 */
export function openAgentConnection(
  url: URL,
  received: (acks: number) => void,
  failed: (error: Error) => void,
): Promise<AgentConnection> {
  const socket = connect({ port: Number(url.port), host: url.hostname, noDelay: true });
  let waiting: Buffer = Buffer.alloc(0);
  let upgraded = false;
  let closing = false;

  return new Promise((resolve) => {
    function takeHead(): boolean {
      const end = waiting.indexOf('\r\n\r\n');
      if (end === -1) return false;
      if (!waiting.toString('latin1', 0, end).startsWith('HTTP/1.1 101')) failed(new Error('the upgrade was refused'));
      waiting = waiting.subarray(end + 4);
      upgraded = true;
      resolve({
        send: (frames) => void socket.write(frames),
        close() {
          closing = true;
          socket.destroy();
        },
      });
      return true;
    }

    function takeFrames(): void {
      let at = 0;
      let acks = 0;
      while (waiting.length - at >= 2) {
        const length = waiting[at + 1] ?? 0;
        if (length > 125) failed(new Error('a frame longer than any answer'));
        if (waiting.length - at < 2 + length) break;
        const text = waiting.toString('latin1', at + 2, at + 2 + Math.min(length, 20));
        const isText = waiting[at] === 0x81;
        if (isText && text.startsWith('{"type":"ack"')) acks++;
        else if (isText && !text.startsWith('{"type":"welcome"')) {
          failed(new Error(`got ${waiting.toString('latin1', at + 2, at + 2 + length)}`));
        }
        at += 2 + length;
      }
      waiting = waiting.subarray(at);
      if (acks > 0) received(acks);
    }

    socket.on('data', (chunk: Buffer) => {
      waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk]);
      if (upgraded || takeHead()) takeFrames();
    });
    socket.on('error', failed);
    socket.on('close', () => {
      if (!closing) failed(new Error('the server closed the socket'));
    });
    socket.once('connect', () => {
      const key = 'AAAAAAAAAAAAAAAAAAAAAA==';
      socket.write(
        `GET /ws/agent HTTP/1.1\r\nHost: ${url.host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
      );
    });
  });
}
