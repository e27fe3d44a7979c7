/**
 * Load: `POST /api/report` over keep-alive connections. Without `perSecond` each connection
 * sends the next report when the last one was answered; with it, reports are due at fixed
 * times, and a late answer also counts against those that had to wait for it.
 */
import WebSocket from 'ws';
import { createLatencyLog } from '../statistics.ts';
import { type HttpConnection, openHttpConnection, postHead } from './http-connection.ts';
import { fail, finish, parameters } from './program.ts';
import { createReportTemplate } from './report-template.ts';

interface Parameters {
  url: string;
  connections: number;
  seconds: number;
  warmupSeconds: number;
  perSecond?: number;
  /** Local address to send from. */
  from?: string;
  /** Pages that are open meanwhile and get every report; what they get is not looked at. */
  viewers?: number;
}

const { url: address, connections: count, seconds, warmupSeconds, perSecond, from, viewers = 0 } = parameters() as Parameters;
const url = new URL(address);
const latencies = createLatencyLog(seconds * 40_000);
const startMs = performance.now() + warmupSeconds * 1000;
const endMs = startMs + seconds * 1000;
let answered = 0;
/** Also before and after the measured time. */
let total = 0;

function record(status: number, sinceMs: number): void {
  if (status !== 201) fail(new Error(`answered ${status}, expected 201`));
  total++;
  const nowMs = performance.now();
  if (nowMs < startMs || nowMs > endMs) return;
  answered++;
  latencies.add(nowMs - sinceMs);
}

const run = String(Date.now());
const opened: HttpConnection[] = [];
/** Connections that wait for something to send, and the times at which something was due. */
const idle: (() => void)[] = [];
const due: number[] = [];

for (let viewer = 0; viewer < viewers; viewer++) {
  const socket = new WebSocket(new URL('/ws', url), { perMessageDeflate: false, skipUTF8Validation: true });
  socket.on('error', fail);
  await new Promise((resolve) => {
    socket.once('message', resolve);
  });
}

for (let index = 0; index < count; index++) {
  const template = createReportTemplate({
    node: `${run}-${index}`,
    beforeMs: Date.now() - 3_600_000,
    prefix: (bytes) => Buffer.from(postHead(url, '/api/report', 'application/json', bytes)),
  });
  let sinceMs = 0;
  const connection = await openHttpConnection(
    url,
    (status) => {
      record(status, sinceMs);
      sendNext();
    },
    fail,
    from,
  );
  const sendNext = (): void => {
    const dueMs = perSecond === undefined ? performance.now() : due.shift();
    if (dueMs === undefined) {
      idle.push(sendNext);
      return;
    }
    sinceMs = dueMs;
    template.next();
    // Patched again only after the answer: the kernel has copied it by then.
    connection.send(template.bytes);
  };
  opened.push(connection);
  idle.push(sendNext);
}

if (perSecond === undefined) {
  for (const sendNext of idle.splice(0)) sendNext();
} else {
  let nextMs = performance.now();
  const timer = setInterval(() => {
    const nowMs = performance.now();
    for (; nextMs <= nowMs; nextMs += 1000 / perSecond) {
      due.push(nextMs);
      idle.shift()?.();
    }
  }, 1);
  timer.unref();
}

setTimeout(() => {
  for (const connection of opened) connection.close();
  finish({ perSecond: answered / seconds, total, ...latencies.summary() });
}, endMs - performance.now());
