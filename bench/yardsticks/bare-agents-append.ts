/**
 * Yardstick for agents' sockets: bare `ws` takes frames, parses each, appends the bytes that came,
 * and acknowledges them after one fdatasync; one write and one fdatasync are under way at a time
 * and take everything that came meanwhile. The acknowledgements of one socket leave together. No
 * schema, no index, no viewers.
 */
import { open } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { announce } from './announce.ts';

const file = await open(join(process.argv[2] ?? '.', 'yardstick.log'), 'a');
const LINE_FEED = Buffer.from('\n');
let lines: Buffer[] = [];
let waiting: { socket: WebSocket; connection: Duplex; id: number }[] = [];
let writing = false;

async function write(): Promise<void> {
  writing = true;
  while (waiting.length > 0) {
    const answered = waiting;
    const bytes = Buffer.concat(lines);
    waiting = [];
    lines = [];
    await file.write(bytes);
    await file.datasync();
    const corked = new Set<Duplex>();
    for (const { socket, connection, id } of answered) {
      if (!corked.has(connection)) connection.cork();
      corked.add(connection);
      socket.send(`{"type":"ack","id":${id},"duplicate":false}`);
    }
    for (const connection of corked) connection.uncork();
  }
  writing = false;
}

const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false, skipUTF8Validation: true });
sockets.on('connection', (socket, request) => {
  const connection = request.socket;
  socket.send('{"type":"welcome","protocol":1}');
  socket.on('message', (data: Buffer) => {
    const { id } = JSON.parse(data.toString()) as { id: number };
    lines.push(data, LINE_FEED);
    waiting.push({ socket, connection, id });
    if (!writing) void write();
  });
});
announce(server);
