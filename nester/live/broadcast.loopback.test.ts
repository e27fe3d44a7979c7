import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { createViewerSockets } from '../api/viewer-socket.ts';
import { createLive } from './broadcast.ts';

/** Live behind a real server on a free port of the loopback, with real sockets on both sides. */
async function aServer() {
  const truth = { seq: 0 };
  const live = createLive({
    snapshot: () => ({ cursor: `e-${truth.seq}`, nodes: [] }),
    now: Date.now,
    schedule(delayMs, run) {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
  });
  const viewerSocket = createViewerSockets();
  const http = createServer();
  const sockets = new WebSocketServer({ server: http, perMessageDeflate: false, clientTracking: true });
  sockets.on('connection', (socket, request) => {
    live.accept(viewerSocket(socket, request.socket), new URL(request.url ?? '/', 'http://here').searchParams.get('cursor') ?? undefined);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}/ws`;
  opened.push(() => {
    live.close();
    for (const socket of sockets.clients) socket.terminate();
    sockets.close();
    http.close();
  });
  return {
    live,
    url,
    /** Bytes waiting in Nester for its viewers. */
    waitingBytes: () => Math.max(0, ...[...sockets.clients].map(({ bufferedAmount }) => bufferedAmount)),
    report: (padding = ''): number => {
      truth.seq++;
      live.publishReports(`e-${truth.seq}`, [JSON.stringify({ n: truth.seq, atMs: performance.now(), padding })]);
      return truth.seq;
    },
  };
}

interface Seen {
  type: string;
  cursor?: string;
  reports?: { n: number; atMs: number }[];
}

const opened: (() => void)[] = [];
afterEach(() => {
  for (const close of opened.splice(0)) close();
});

/** A viewer that folds what it gets: the number it knows of, and every gap or repetition on the way. */
function aViewer(url: string) {
  const seen = { at: undefined as number | undefined, snapshots: 0, wrong: [] as string[], delaysMs: [] as number[] };
  const socket = new WebSocket(url, { perMessageDeflate: false });
  opened.push(() => socket.terminate());
  socket.on('message', (data: Buffer) => {
    const frame = JSON.parse(data.toString()) as Seen;
    if (frame.type === 'snapshot') {
      seen.snapshots++;
      seen.at = Number(frame.cursor?.slice(2));
    }
    for (const { n, atMs } of frame.reports ?? []) {
      if (seen.at !== undefined && n !== seen.at + 1) seen.wrong.push(`${n} after ${seen.at}`);
      seen.at = n;
      seen.delaysMs.push(performance.now() - atMs);
    }
  });
  return { seen, socket };
}

async function until(condition: () => boolean, deadlineMs = 25_000): Promise<void> {
  const give = performance.now() + deadlineMs;
  while (!condition()) {
    if (performance.now() > give) throw new Error(`still not so after ${deadlineMs} ms: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('live over the loopback', () => {
  it('gives 1,000 viewers every report, once, in order', { timeout: 60_000 }, async () => {
    const { url, live, report } = await aServer();
    const viewers = Array.from({ length: 1_000 }, () => aViewer(url));
    await until(() => viewers.every(({ seen }) => seen.snapshots === 1));
    expect(live.count()).toBe(1_000);

    let last = 0;
    for (let sent = 0; sent < 100; sent++) {
      last = report();
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await until(() => viewers.every(({ seen }) => seen.at === last));

    expect(viewers.flatMap(({ seen }) => seen.wrong)).toEqual([]);
    expect(viewers.every(({ seen }) => seen.delaysMs.length === 100 && seen.snapshots === 1)).toBe(true);
  });

  it('bounds what waits for a viewer that stops reading, spares the others, and shows it the truth later', async () => {
    const { url, live, report, waitingBytes } = await aServer();
    const slow = aViewer(url);
    const others = [aViewer(url), aViewer(url)];
    await until(() => [slow, ...others].every(({ seen }) => seen.snapshots === 1));
    slow.socket.pause();

    // The system's own buffers are full first: some MB.
    const size = 500_000;
    let last = 0;
    let most = 0;
    for (let more = 20; more > 0; ) {
      last = report('x'.repeat(size));
      most = Math.max(most, waitingBytes());
      if (waitingBytes() > 1024 * 1024) more--;
      await until(() => others.every(({ seen }) => seen.at === last));
    }
    expect(most).toBeLessThan(1024 * 1024 + 2 * size);
    expect(others.flatMap(({ seen }) => [...seen.wrong, ...(seen.snapshots === 1 ? [] : ['snapshot'])])).toEqual([]);

    slow.socket.resume();
    await until(() => slow.seen.snapshots === 2);
    const next = report();
    await until(() => slow.seen.at === next);

    expect(slow.seen.wrong).toEqual([]);
    expect(live.count()).toBe(3);
  });

  it('brings a viewer back to where it was by its cursor, as if it had never been away', async () => {
    const { url, report } = await aServer();
    const first = aViewer(url);
    await until(() => first.seen.snapshots === 1);
    const before = report();
    await until(() => first.seen.at === before);
    first.socket.terminate();
    for (let sent = 0; sent < 20; sent++) report();

    const second = aViewer(`${url}?cursor=e-${before}`);
    const last = report();
    await until(() => second.seen.at === last);

    expect([second.seen.snapshots, second.seen.delaysMs.length, second.seen.wrong]).toEqual([0, 21, []]);
  });

  it('survives a viewer that breaks the protocol', async () => {
    const { url, live, report } = await aServer();
    const rude = aViewer(url);
    const other = aViewer(url);
    await until(() => rude.seen.snapshots === 1 && other.seen.snapshots === 1);

    // A frame of a reserved kind, straight onto the wire.
    Reflect.get(rude.socket, '_socket').write(Buffer.from([0x83, 0x80, 0, 0, 0, 0]));
    await until(() => live.count() === 1);
    const last = report();
    await until(() => other.seen.at === last);

    expect(other.seen.wrong).toEqual([]);
  });

  it('says 1001 when it stops', async () => {
    const { url, live } = await aServer();
    const { socket, seen } = aViewer(url);
    await until(() => seen.snapshots === 1);
    const code = new Promise((resolve) => socket.once('close', resolve));

    live.close();

    expect(await code).toBe(1001);
  });
});
