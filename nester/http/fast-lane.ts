import { type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Limits } from '../limits.ts';
import type { Asker } from '../auth/access.ts';
import { type Refusal, problemAnswer } from './problem.ts';
import { type PlainHead, readPlainHead } from './plain-head.ts';

/**
 * Hot path. Of what a small POST costs, Node's HTTP (a parser's callbacks, two streams, a response
 * object with its events) is most: more than checking the report, syncing it and showing it. A
 * connection therefore begins here, and a request that came whole in one piece, with a head of the
 * plainest kind, is answered from here with one write. **Anything else goes to Node's HTTP, byte for
 * byte, and the connection stays there:** half a head, a body that is not there yet, two requests
 * at once, another path, any header that this is not sure of. So nothing has to be right here but
 * the one simple case, and whoever takes requests takes both kinds by the same code.
 */
export interface FastLane {
  /** Requests under way are answered and their connections ended; idle ones end now. */
  close(): void;
  /** Cuts what is left. */
  cut(): void;
}

/** A request as the lane reads it, and as Node's HTTP has it, too. */
export interface PlainRequest extends Asker {
  method: 'POST';
  url: string;
}

/** Answers once. `headers`: name, value, name, value; without `Content-Length` and `Date`. `Connection: close` ends the connection. */
export type PlainAnswer = (status: number, headers: readonly string[], body: string) => void;

export interface PlainHandler {
  /** Whether such a request is for this handler; asked once for all requests of a connection that have the same head. */
  accepts(head: Readonly<PlainHead>): boolean;
  handle(request: PlainRequest, body: Buffer, answer: PlainAnswer): void;
}

export interface FastLaneOptions {
  handler: PlainHandler;
  limits: Pick<Limits, 'headers' | 'headerBytes' | 'headersMs' | 'idleMs'>;
  /** Whether nothing that comes on it is anybody's request. */
  isRefused: (socket: Socket) => boolean;
}

/** As `sendProblem`. */
export function answerProblem(refusal: Refusal, answer: PlainAnswer): void {
  const { headers, body } = problemAnswer(refusal);
  answer(refusal.status, Object.entries(headers).filter(([name]) => name !== 'Content-Length').flat(), body);
}

/** A connection in the lane. */
interface Lane {
  socket: Socket;
  /** A request on it is not answered yet. */
  isBusy: boolean;
}

const END_OF_HEAD = Buffer.from('\r\n\r\n');
/** A longer head is not looked at. */
const HEAD_BYTES = 4_096;

/** Puts the lane in front of a server that does not listen yet, behind whoever listens for connections already. */
export function createFastLane(server: Server, { handler, limits, isRefused }: FastLaneOptions): FastLane {
  // What `http.Server` itself does with a connection: it listens first, from its constructor on.
  const [serve] = server.listeners('connection') as ((this: Server, socket: Socket) => void)[];
  if (!serve) throw new Error('BUG: an HTTP server that does not listen to its connections');
  const keepAlive = `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(limits.idleMs / 1000)}`;
  const headBytes = Math.min(HEAD_BYTES, limits.headerBytes);
  const lanes = new Set<Lane>();
  let closing = false;

  function enter(socket: Socket): void {
    const lane: Lane = { socket, isBusy: false };
    /** The last head, with its end, and what it says. */
    let lastHead: Buffer = Buffer.alloc(0);
    let head: PlainHead | undefined;
    /** What came while a request was being answered. */
    let next: Buffer | undefined;

    function onData(chunk: Buffer): void {
      if (lane.isBusy) {
        next = next === undefined ? chunk : Buffer.concat([next, chunk]);
        socket.pause();
        return;
      }
      if (!beginsWithLastHead(chunk) && !readHead(chunk)) {
        handOver(chunk);
        return;
      }
      const bodyStart = lastHead.length;
      // Nor for whoever does not read what was answered.
      if (head === undefined || chunk.length - bodyStart !== head.length || socket.writableNeedDrain) {
        handOver(chunk);
        return;
      }
      lane.isBusy = true;
      handler.handle({ method: head.method, url: head.url, headers: head.headers, socket }, chunk.subarray(bodyStart), answer);
    }

    /** Nearly all heads of a connection are the same, and need neither be searched nor read. */
    function beginsWithLastHead(chunk: Buffer): boolean {
      const { length } = lastHead;
      return length > 0 && chunk.length >= length && chunk.compare(lastHead, 0, length, 0, length) === 0;
    }

    /** `false`: there is no whole head, or one that is too long. */
    function readHead(chunk: Buffer): boolean {
      const headEnd = chunk.indexOf(END_OF_HEAD);
      if (headEnd === -1 || headEnd > headBytes) return false;
      if (lastHead.length === 0) socket.setTimeout(limits.idleMs);
      lastHead = Buffer.from(chunk.subarray(0, headEnd + END_OF_HEAD.length));
      head = readPlainHead(chunk.toString('latin1', 0, headEnd), limits.headers);
      if (head !== undefined && !handler.accepts(head)) head = undefined;
      return true;
    }

    function answer(status: number, headers: readonly string[], body: string): void {
      if (!lane.isBusy) return;
      lane.isBusy = false;
      const isLast = closing || socket.readableEnded || headers.includes('close');
      const isAscii = !NOT_ASCII.test(body);
      const connection = isLast ? 'Connection: close' : keepAlive;
      const length = isAscii ? body.length : Buffer.byteLength(body);
      const text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${linesOf(headers)}Content-Length: ${length}\r\nDate: ${httpDate()}\r\n${connection}\r\n\r\n${body}`;
      socket.write(text, isAscii ? 'latin1' : 'utf8');
      if (isLast) {
        // Whatever still comes is nobody's request.
        lanes.delete(lane);
        socket.off('data', onData).destroySoon();
        return;
      }
      if (next === undefined) return;
      const chunk = next;
      next = undefined;
      onData(chunk);
      socket.resume();
    }

    /** To Node's HTTP, with what was read of the next request, and for good. */
    function handOver(chunk: Buffer): void {
      leave();
      socket.pause();
      serve?.call(server, socket);
      socket.unshift(chunk);
      socket.resume();
    }

    function leave(): void {
      lanes.delete(lane);
      lane.isBusy = false;
      socket.setTimeout(0);
      socket.off('data', onData).off('end', onEnd).off('error', onError).off('close', leave).off('timeout', onTimeout);
    }

    const onEnd = (): void => {
      // Whoever has said all may still wait for an answer; it ends with that.
      if (!lane.isBusy) socket.end();
    };
    const onError = (): void => void socket.destroy();
    const onTimeout = (): void => {
      const isNew = lastHead.length === 0;
      leave();
      // Nobody has asked for anything: told as Node tells it.
      if (isNew) server.emit('clientError', Object.assign(new Error('Request timeout'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), socket);
      else socket.destroy();
    };
    lanes.add(lane);
    socket.setTimeout(limits.headersMs);
    socket.on('data', onData).on('end', onEnd).on('error', onError).on('close', leave).on('timeout', onTimeout);
  }

  server.off('connection', serve);
  server.on('connection', (socket: Socket) => {
    if (isRefused(socket) || closing) serve.call(server, socket);
    else enter(socket);
  });

  return {
    close() {
      closing = true;
      for (const { socket, isBusy } of lanes) if (!isBusy) socket.destroy();
    },
    cut() {
      for (const { socket } of lanes) socket.destroy();
    },
  };
}

// eslint-disable-next-line no-control-regex -- ASCII begins with control characters
const NOT_ASCII = /[^\x00-\x7f]/;

/** Header lines of the arrays that come again and again. */
const lines = new WeakMap<readonly string[], string>();

function linesOf(headers: readonly string[]): string {
  const known = lines.get(headers);
  if (known !== undefined) return known;
  let text = '';
  for (let at = 0; at + 1 < headers.length; at += 2) {
    if (headers[at] !== 'Connection') text += `${headers[at] ?? ''}: ${headers[at + 1] ?? ''}\r\n`;
  }
  lines.set(headers, text);
  return text;
}

let dateSecond = 0;
let dateText = '';

/** For the `Date` header, which has whole seconds. */
function httpDate(): string {
  const second = Math.floor(Date.now() / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateText = new Date(second * 1000).toUTCString();
  }
  return dateText;
}
