import { connect } from 'node:net';

/** A keep-alive connection that knows just enough HTTP/1.1 not to be what is measured. */
export interface HttpConnection {
  /** One request at a time; `answered` is called for each. */
  send(request: Buffer): void;
  close(): void;
}

const END_OF_HEAD = Buffer.from('\r\n\r\n');

export function openHttpConnection(
  url: URL,
  answered: (status: number) => void,
  failed: (error: Error) => void,
  localAddress?: string,
): Promise<HttpConnection> {
  let waiting: Buffer | undefined;
  let closing = false;
  const socket = connect({ port: Number(url.port), host: url.hostname, noDelay: true, ...(localAddress === undefined ? {} : { localAddress }) });

  function take(chunk: Buffer): void {
    let bytes = waiting === undefined ? chunk : Buffer.concat([waiting, chunk]);
    waiting = undefined;
    for (;;) {
      const headEnd = bytes.indexOf(END_OF_HEAD);
      const end = headEnd === -1 ? Infinity : headEnd + END_OF_HEAD.length + contentLength(bytes, headEnd);
      if (end > bytes.length) break;
      const status = Number(bytes.toString('latin1', 9, 12));
      bytes = bytes.subarray(end);
      answered(status);
      if (bytes.length === 0) return;
    }
    waiting = bytes;
  }

  socket.on('data', take);
  socket.on('error', failed);
  socket.on('close', () => {
    if (!closing) failed(new Error('the server closed the connection'));
  });
  return new Promise((resolve) => {
    socket.once('connect', () => {
      resolve({
        send: (request) => void socket.write(request),
        close() {
          closing = true;
          socket.destroy();
        },
      });
    });
  });
}

function contentLength(bytes: Buffer, headEnd: number): number {
  const length = /\r\ncontent-length: *(\d+)/i.exec(bytes.toString('latin1', 0, headEnd))?.[1];
  if (length === undefined) throw new Error('the answer has no Content-Length');
  return Number(length);
}

/** Head of a POST whose body follows. */
export function postHead(url: URL, path: string, type: string, bodyBytes: number): string {
  return `POST ${path} HTTP/1.1\r\nHost: ${url.host}\r\nContent-Type: ${type}\r\nContent-Length: ${bodyBytes}\r\n\r\n`;
}
