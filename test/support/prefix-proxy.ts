import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A reverse proxy that serves a program under a path, as many people put theirs. */
export async function startPrefixProxy(port: number, prefix: string): Promise<AsyncDisposable & { url: string }> {
  const forward = (incoming: IncomingMessage) =>
    request({
      host: '127.0.0.1',
      port,
      method: incoming.method,
      path: (incoming.url ?? '').slice(prefix.length) || '/',
      headers: incoming.headers,
    });
  const server = createServer((incoming, answer) => {
    if (!incoming.url?.startsWith(`${prefix}/`)) {
      answer.writeHead(404).end();
      return;
    }
    const onward = forward(incoming);
    onward.on('response', (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    incoming.pipe(onward);
  });
  const sockets = new Set<Socket>();
  server.on('upgrade', (incoming, near: Socket) => {
    if (!incoming.url?.startsWith(`${prefix}/`)) {
      near.destroy();
      return;
    }
    const onward = forward(incoming);
    onward.on('upgrade', (response, far, head) => {
      const headers = Object.entries(response.headers).map(([name, value]) => `${name}: ${String(value)}\r\n`);
      near.write(`HTTP/1.1 101 Switching Protocols\r\n${headers.join('')}\r\n`);
      // The first frames may have come with the answer.
      near.write(head);
      near.pipe(far).pipe(near);
      for (const socket of [near, far]) {
        sockets.add(socket);
        socket.on('error', () => socket.destroy());
      }
    });
    onward.on('error', () => near.destroy());
    onward.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}/`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
