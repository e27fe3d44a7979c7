import * as fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { NO_DOWNLOADS } from '../../nester/downloads.ts';
import { TRUST_NOBODY } from '../../nester/http/trust-proxy.ts';
import { DEFAULT_LIMITS } from '../../nester/limits.ts';
import { startNester } from '../../nester/nester.ts';
import { createMemoryStore } from '../../nester/store/memory-store.ts';
import { createSimulatedDisk } from '../support/simulated-disk.ts';
import { cases, type FuzzArea, near, WHOLE_REPORT } from './area.ts';

/** A whole Nester in this process, at the other end of a connection that says anything. */

async function start() {
  const disk = createSimulatedDisk();
  await disk.files.makeFolder('/data');
  const faults: string[] = [];
  const nester = await startNester({
    config: {
      host: '127.0.0.1',
      port: 0,
      apiKey: undefined,
      people: undefined,
      limits: { ...DEFAULT_LIMITS, addressRate: 0, keyRate: 0, nodes: 200 },
      allowedOrigins: [],
      allowedHosts: [],
      trust: TRUST_NOBODY,
      basePath: '',
    },
    hostName: 'machine.example',
    store: createMemoryStore(),
    files: disk.files,
    folder: '/data',
    page: new Map(),
    downloads: NO_DOWNLOADS,
    log: { error: (details, message) => void faults.push(`${message} ${JSON.stringify(details, (_key, value: unknown) => (value instanceof Error ? value.stack : value))}`) },
    say: (level, message) => {
      if (level === 'error') faults.push(message);
    },
    now: Date.now,
    monotonicMs: () => performance.now(),
    run: 'fuzz',
  });
  return { nester, faults, port: nester.port };
}

/** Says the pieces, one after the other, and resolves to all that came until the connection ended. */
function talk(port: number, pieces: readonly (string | Uint8Array)[], patienceMs = 5_000): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(port, '127.0.0.1');
    let answer = '';
    const alarm = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no end after ${patienceMs} ms; so far: ${JSON.stringify(answer.slice(0, 300))}`));
    }, patienceMs);
    socket.setEncoding('latin1').on('data', (text: string) => (answer += text));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(alarm);
      resolve(answer);
    });
    socket.on('connect', () => {
      for (const piece of pieces) socket.write(piece);
      socket.end();
    });
  });
}

const BODY = JSON.stringify(WHOLE_REPORT);
const post = (path: string, body: string, type = 'application/json'): string =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`;

const http: FuzzArea = {
  name: 'HTTP over a connection',
  weight: 2,
  async open() {
    const { nester, faults, port } = await start();
    const requests = near(
      post('/api/report', BODY),
      post('/api/reports', `[${BODY},{"node":"b"}]`),
      post('/api/reports', `${BODY}\n{"node":"b"}\n`, 'application/x-ndjson'),
      'GET /api/reports?node=a&limit=3&after=x-1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept: text/csv\r\nIf-None-Match: "x"\r\n\r\n',
      'GET /api/nodes/lyon-01/history?metric=latency&points=10 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Forwarded-For: 1.2.3.4\r\nCookie: a=b\r\n\r\n',
      'DELETE /api/nodes/lyon-01 HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\nConnection: close\r\nExpect: 100-continue\r\n\r\n',
      'POST /api/report HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n10\r\n{"node":"chunks"\r\n1\r\n}\r\n0\r\n\r\n',
      'GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
    );
    return cases(
      fc.tuple(requests, fc.integer({ min: 1, max: 400 })),
      async ([request, cut]) => {
        const answer = await talk(port, [request.slice(0, cut), request.slice(cut)]);
        if (answer !== '' && !/^HTTP\/1\.1 [1-5]\d\d /.test(answer)) throw new Error(`an answer that is none: ${JSON.stringify(answer.slice(0, 100))}`);
        if (/^HTTP\/1\.1 500 /.test(answer) || faults.length > 0) throw new Error(`a fault of ours: ${faults.splice(0).join('; ')} ${answer.slice(0, 300)}`);
      },
      () => nester.stop(),
    );
  },
};

/** A frame as a client sends it (RFC 6455, 5.2), right or wrong. */
interface RawFrame {
  opcode: number;
  isFinal: boolean;
  reserved: number;
  isMasked: boolean;
  payload: string;
  /** What the length says, beside what it is. */
  lie: number;
}

function bytesOf({ opcode, isFinal, reserved, isMasked, payload, lie }: RawFrame): Buffer {
  const data = Buffer.from(payload);
  const length = Math.max(0, data.length + lie);
  const head = [(isFinal ? 0x80 : 0) | (reserved << 4) | opcode];
  const maskBit = isMasked ? 0x80 : 0;
  if (length < 126) head.push(maskBit | length);
  else head.push(maskBit | 126, length >> 8, length & 0xff);
  const mask = isMasked ? randomBytes(4) : Buffer.alloc(0);
  if (isMasked) for (let at = 0; at < data.length; at++) data[at] = (data[at] ?? 0) ^ (mask[at % 4] ?? 0);
  return Buffer.concat([Buffer.from(head), mask, data]);
}

const payloads = near(`{"type":"report","id":1,"report":${BODY}}`, '{"type":"report","id":2,"report":{"node":"a"}}', '{"type":"hello"}', '\u0003\u00e8bye');
const rawFrames: fc.Arbitrary<RawFrame> = fc.record({
  opcode: fc.oneof({ weight: 6, arbitrary: fc.constantFrom(1, 0) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 15 }) }),
  isFinal: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  reserved: fc.oneof({ weight: 12, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 7 }) }),
  isMasked: fc.oneof({ weight: 12, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  payload: payloads,
  lie: fc.oneof({ weight: 12, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: -20, max: 20 }) }),
});

const sockets: FuzzArea = {
  name: 'WebSockets, in pieces and out of order',
  weight: 1,
  async open() {
    const { nester, faults, port } = await start();
    const handshake = (path: string): string =>
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`;
    const close = bytesOf({ opcode: 8, isFinal: true, reserved: 0, isMasked: true, payload: '', lie: 0 });
    return cases(
      fc.record({ path: fc.constantFrom('/ws', '/ws/agent', '/ws?cursor=x-1'), frames: fc.array(rawFrames, { maxLength: 8 }), cut: fc.integer({ min: 1, max: 300 }) }),
      async ({ path, frames, cut }) => {
        const bytes = Buffer.concat([...frames.map(bytesOf), close]);
        const pieces = Array.from({ length: Math.ceil(bytes.length / cut) }, (_, at) => bytes.subarray(at * cut, (at + 1) * cut));
        const answer = await talk(port, [handshake(path), ...pieces]);
        if (!answer.startsWith('HTTP/1.1 101 ')) throw new Error(`the handshake was refused: ${answer.slice(0, 100)}`);
        if (faults.length > 0) throw new Error(`a fault of ours: ${faults.splice(0).join('; ')}`);
      },
      () => nester.stop(),
    );
  },
};

export const WIRE_AREAS: readonly FuzzArea[] = [http, sockets];
