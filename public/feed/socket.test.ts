import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { createSocketOpener, type FeedSocket } from './socket.ts';

const open: (() => void)[] = [];

afterEach(() => {
  for (const close of open.splice(0)) close();
});

async function listen(port = 0): Promise<{ port: number; sockets: WebSocketServer; cut: () => Promise<void> }> {
  const http: Server = createServer();
  const sockets = new WebSocketServer({ server: http });
  http.listen(port, '127.0.0.1');
  await once(http, 'listening');
  const cut = async (): Promise<void> => {
    for (const socket of sockets.clients) socket.terminate();
    if (!http.listening) return;
    http.close();
    await once(http, 'close');
  };
  open.push(() => void cut());
  return { port: (http.address() as AddressInfo).port, sockets, cut };
}

async function next(sockets: WebSocketServer): Promise<{ socket: WebSocket; path: string | undefined }> {
  const [socket, request] = (await once(sockets, 'connection')) as [WebSocket, IncomingMessage];
  return { socket, path: request.url };
}

function connect(address: () => string): { socket: FeedSocket; happened: string[]; until: (what: string) => Promise<void> } {
  const happened: string[] = [];
  const waiting: (() => void)[] = [];
  const happen = (what: string): void => {
    happened.push(what);
    for (const look of [...waiting]) look();
  };
  const socket = createSocketOpener(() => 0, WebSocket)(address, {
    opened: () => happen('opened'),
    message: (text) => happen(text),
    broken: () => happen('broken'),
  });
  open.push(() => socket.close());
  const until = (what: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (happened.includes(what)) resolve();
      };
      waiting.push(look);
      look();
    });
  return { socket, happened, until };
}

describe('socket', () => {
  it('carries texts both ways', async () => {
    const { port, sockets } = await listen();
    const { socket, until } = connect(() => `ws://127.0.0.1:${port}/ws`);
    const { socket: there } = await next(sockets);
    await until('opened');

    there.send('to the page');
    socket.send('to Nester');

    const [heard] = (await once(there, 'message')) as [Buffer];
    await until('to the page');
    expect(heard.toString()).toBe('to Nester');
  });

  it('comes back by itself, to where it is told each time', async () => {
    const first = await listen();
    let attempt = 0;
    const { happened, until } = connect(() => `ws://127.0.0.1:${first.port}/ws?attempt=${++attempt}`);
    const before = await next(first.sockets);
    await until('opened');

    await first.cut();
    await until('broken');
    const second = await listen(first.port);
    const after = await next(second.sockets);

    expect(before.path).toBe('/ws?attempt=1');
    expect(after.path).toMatch(/^\/ws\?attempt=([2-9]|\d\d)$/);
    expect(happened.slice(0, 2)).toEqual(['opened', 'broken']);
  });

  it('does not keep what was said while there was nobody to hear it', async () => {
    const { port, sockets } = await listen();
    const { socket, until } = connect(() => `ws://127.0.0.1:${port}/ws`);
    socket.send('too early');
    const { socket: there } = await next(sockets);
    await until('opened');

    socket.send('in time');

    const [heard] = (await once(there, 'message')) as [Buffer];
    expect(heard.toString()).toBe('in time');
  });

  it('makes a new connection when told that the old one is dead', async () => {
    const { port, sockets } = await listen();
    const { socket, until } = connect(() => `ws://127.0.0.1:${port}/ws`);
    await next(sockets);
    await until('opened');

    const again = next(sockets);
    socket.reconnect();

    expect((await again).path).toBe('/ws');
  });
});
