import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { ViewerSocket } from '../live/live.ts';
import { createViewerSockets, textFrame } from './viewer-socket.ts';

/** A viewer's socket, and what the other end gets. */
async function aViewer(): Promise<{ viewer: ViewerSocket; received: string[]; other: WebSocket }> {
  const http = createServer();
  const sockets = new WebSocketServer({ server: http, perMessageDeflate: false });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const accepted = new Promise<ViewerSocket>((resolve) => {
    sockets.once('connection', (socket, request) => resolve(createViewerSockets()(socket, request.socket)));
  });
  const other = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`);
  const received: string[] = [];
  other.on('message', (data: Buffer, isBinary) => received.push(`${isBinary ? 'binary ' : ''}${data.toString()}`));
  other.on('ping', () => received.push('(ping)'));
  onTestFinished(() => {
    other.terminate();
    http.close();
  });
  // This end has it open before the other end knows.
  await new Promise((resolve) => other.once('open', resolve));
  return { viewer: await accepted, received, other };
}

describe('a viewer\'s socket', () => {
  it('sends whole text messages of every length, in order with pings and the goodbye', async () => {
    const { viewer, received, other } = await aViewer();
    const texts = [0, 1, 125, 126, 65_535, 65_536, 300_000].map((length) => 'é'.repeat(length / 2) + 'x'.repeat(length % 2));

    for (const text of texts) {
      viewer.send(Buffer.from(text), () => undefined);
      viewer.ping();
    }
    viewer.close(1001, 'bye');
    const code = await new Promise((resolve) => other.once('close', resolve));

    expect(received).toEqual(texts.flatMap((text) => [text, '(ping)']));
    expect(code).toBe(1001);
  });

  it('says when a message is with the operating system', async () => {
    const { viewer } = await aViewer();

    const error = await new Promise((resolve) => viewer.send(Buffer.from('{}'), resolve));

    expect(error ?? undefined).toBeUndefined();
    expect(viewer.bufferedAmount).toBe(0);
  });

  it('frames what several get only once', () => {
    const frames: unknown[] = [];
    const make = createViewerSockets();
    const connection = { write: (frame: unknown) => frames.push(frame) } as never;
    const socket = { on: () => undefined } as never;
    const [one, two] = [make(socket, connection), make(socket, connection)];
    const text = Buffer.from('{"type":"nodes"}');

    one.send(text, () => undefined);
    two.send(text, () => undefined);
    two.send(Buffer.from(text), () => undefined);

    expect(frames[1]).toBe(frames[0]);
    expect(frames[2]).not.toBe(frames[0]);
    expect(frames[2]).toEqual(textFrame(text));
  });
});
