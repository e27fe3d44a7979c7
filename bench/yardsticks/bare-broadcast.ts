/**
 * Yardstick for viewers: bare `ws`. Reports that come on `/ws/agent` are parsed and
 * acknowledged; what came within 50 ms is serialised once and sent to everyone on `/ws`.
 * Nothing is stored. (Without gathering it cannot keep up: 1,000 viewers and 100 reports a
 * second are 100,000 writes a second.)
 */
import { createServer } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { announce } from './announce.ts';

const GATHER_MS = 50;
const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
const viewers = new Set<WebSocket>();
let gathered: object[] = [];

function broadcast(): void {
  const frame = Buffer.from(JSON.stringify({ type: 'reports', reports: gathered }));
  gathered = [];
  for (const viewer of viewers) viewer.send(frame, { binary: false });
}

sockets.on('connection', (socket, request) => {
  if (request.url !== '/ws/agent') {
    viewers.add(socket);
    socket.on('close', () => viewers.delete(socket));
    socket.send('{"type":"snapshot","nodes":[]}');
    return;
  }
  socket.on('message', (data: Buffer) => {
    const { id, report } = JSON.parse(data.toString()) as { id: number; report: object };
    if (gathered.length === 0) setTimeout(broadcast, GATHER_MS);
    gathered.push(report);
    socket.send(JSON.stringify({ type: 'ack', id, duplicate: false }));
  });
});
announce(server);
