import type { IncomingMessage, ServerResponse } from 'node:http';

/** How reading a request's body ended. `gone`: the sender went away; there is nobody to answer. */
export type Body = { kind: 'whole'; bytes: Buffer } | { kind: 'large' } | { kind: 'gone' };

/** `Content-Length`, or `undefined` when the body comes in chunks. Node refused malformed ones before. */
export function declaredBytes({ headers }: IncomingMessage): number | undefined {
  return headers['content-length'] === undefined ? undefined : Number(headers['content-length']);
}

/**
 * Reads a body of at most `limitBytes`. Never keeps more than that in memory: the size is
 * looked at before the first byte when it is declared, and with every chunk. A sender that
 * asked whether to send (`Expect: 100-continue`) is told to only here, after every other check.
 * `done` is called once.
 */
export function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  limitBytes: number,
  done: (body: Body) => void,
): void {
  if ((declaredBytes(request) ?? 0) > limitBytes) {
    done({ kind: 'large' });
    return;
  }
  if (request.headers.expect !== undefined) response.writeContinue();
  let chunks: Buffer[] = [];
  let size = 0;
  let isOver = false;
  const finish = (body: Body): void => {
    if (isOver) return;
    isOver = true;
    done(body);
  };
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= limitBytes) {
      chunks.push(chunk);
      return;
    }
    chunks = [];
    finish({ kind: 'large' });
  });
  request.on('end', () => {
    const [first] = chunks;
    finish({ kind: 'whole', bytes: chunks.length === 1 && first ? first : Buffer.concat(chunks) });
  });
  // Comes after the end as well, and means nothing then: the first outcome stands.
  request.on('close', () => finish({ kind: 'gone' }));
}

/** Bytes of a refused body that are read and thrown away at most, so that its sender sees the answer. */
const DISCARD_BYTES = 64 * 1024 * 1024;
const DISCARD_MS = 3_000;

/**
 * Reads on and throws away what the sender is still sending, then calls `done`. Closing at once
 * would reset the connection under a sender that writes first and reads later, and it would
 * never see why it was refused. Bounded in bytes and time.
 */
export function discardBody(request: IncomingMessage, done: () => void): void {
  let size = 0;
  const stop = (): void => {
    clearTimeout(alarm);
    request.off('data', count).off('end', stop).off('close', stop);
    done();
  };
  const count = (chunk: Buffer): void => {
    size += chunk.length;
    if (size > DISCARD_BYTES) stop();
  };
  const alarm = setTimeout(stop, DISCARD_MS);
  request.on('data', count).on('end', stop).on('close', stop);
  request.resume();
}
