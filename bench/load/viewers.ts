/**
 * Load: open pages that only receive, while one sender sends reports at a fixed rate. Checks
 * that every viewer gets every report, in the order sent, and how long each took.
 */
import WebSocket from 'ws';
import { createLatencyLog } from '../statistics.ts';
import { frameHead, openAgentConnection, wrapInFrame } from './agent-connection.ts';
import { openHttpConnection, postHead } from './http-connection.ts';
import { fail, finish, parameters } from './program.ts';
import { createReportTemplate } from './report-template.ts';

interface Parameters {
  url: string;
  viewers: number;
  perSecond: number;
  seconds: number;
  warmupSeconds: number;
  /** How the reports are sent. By POST, one after the other. */
  by: 'post' | 'socket';
}

const { url: address, viewers, perSecond, seconds, warmupSeconds, by } = parameters() as Parameters;
const url = new URL(address);
const total = perSecond * (warmupSeconds + seconds);
/** Reports before this one are not timed: programs that have just begun are slow. They must come all the same. */
const firstTimed = perSecond * warmupSeconds;
const node = String(Date.now());
const latencies = createLatencyLog(perSecond * seconds * viewers);
/** When the report with this number was sent. */
const sentAtMs: number[] = [];
/** Next number each viewer must get. */
const next = new Int32Array(viewers);
let received = 0;
let finished = 0;
let outOfOrder = 0;
let surprises = 0;

/** Viewers get the same bytes: each distinct frame is parsed once, by its text. */
const numbersOfFrame = new Map<string, readonly number[]>();

function numbersIn(text: string): readonly number[] {
  const known = numbersOfFrame.get(text);
  if (known !== undefined) return known;
  const frame = JSON.parse(text) as { type: string; reports?: { node: string; metrics: { number: number } }[] };
  if (frame.type === 'snapshot') surprises++;
  const numbers = (frame.reports ?? []).filter((report) => report.node === node).map(({ metrics }) => metrics.number - 1_000_000_000);
  numbersOfFrame.set(text, numbers);
  const [oldest] = numbersOfFrame.keys();
  if (numbersOfFrame.size > 1000 && oldest !== undefined) numbersOfFrame.delete(oldest);
  return numbers;
}

function receive(viewer: number, text: string): void {
  const nowMs = performance.now();
  for (const number of numbersIn(text)) {
    if (number !== next[viewer]) outOfOrder++;
    next[viewer] = number + 1;
    received++;
    if (number >= firstTimed) latencies.add(nowMs - (sentAtMs[number] ?? NaN));
    if (number === total - 1) finished++;
  }
  if (finished === viewers) report();
}

async function openViewer(viewer: number): Promise<void> {
  const socket = new WebSocket(new URL('/ws', url), { perMessageDeflate: false, skipUTF8Validation: true });
  socket.on('error', fail);
  await new Promise<void>((resolve) => {
    // The first frame is the snapshot; what comes after it is counted.
    socket.once('message', () => {
      socket.on('message', (data: Buffer) => receive(viewer, data.toString('latin1')));
      resolve();
    });
  });
}

for (let viewer = 0; viewer < viewers; viewer += 50) {
  await Promise.all(Array.from({ length: Math.min(50, viewers - viewer) }, (_, index) => openViewer(viewer + index)));
}

const sender = by === 'post' ? await openHttpConnection(url, () => undefined, fail) : await openAgentConnection(url, () => undefined, fail);
const template = createReportTemplate({
  node,
  beforeMs: Date.now() - 3_600_000,
  ...(by === 'post'
    ? { prefix: (bytes: number) => Buffer.from(postHead(url, '/api/report', 'application/json', bytes)), numberMarks: ['"number":'] }
    : { wrap: wrapInFrame, prefix: frameHead, numberMarks: ['"id":', '"number":'] }),
});
const startMs = performance.now();
const timer = setInterval(() => {
  const dueCount = Math.min(total, Math.floor(((performance.now() - startMs) / 1000) * perSecond));
  while (sentAtMs.length < dueCount) {
    template.next();
    sentAtMs.push(performance.now());
    sender.send(Buffer.from(template.bytes));
  }
  if (sentAtMs.length === total) clearInterval(timer);
}, 2);

/** What has not come so long after the last was sent is missing. */
const LATE_MS = 15_000;
setTimeout(report, (warmupSeconds + seconds) * 1000 + LATE_MS);

function report(): void {
  const missing = total * viewers - received;
  finish({ missing, outOfOrder, surprises, ...latencies.summary() });
}
