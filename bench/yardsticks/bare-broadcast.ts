/**
 * Yardstick for viewers: bare `ws`. Reports that come by POST or on `/ws/agent` are parsed and
 * acknowledged; what came within 50 ms, or as many as it is told, is serialised once and sent to
 * everyone on `/ws`. Nothing is stored. (Without gathering it cannot keep up with many: 1,000
 * viewers and 100 reports a second are 100,000 writes a second.)
 */
import { createServer } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { announce } from './announce.ts';

const GATHER_MS = Number(process.argv[3] ?? 50);
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    take(JSON.parse(Buffer.concat(chunks).toString()) as object);
    response.writeHead(201, { 'Content-Type': 'application/json', 'Content-Length': '2' }).end('{}');
  });
});
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
const viewers = new Set<WebSocket>();
let gathered: object[] = [];

function broadcast(): void {
  const frame = Buffer.from(JSON.stringify({ type: 'reports', reports: gathered }));
  gathered = [];
  for (const viewer of viewers) viewer.send(frame, { binary: false });
}

function take(report: object): void {
  if (gathered.length === 0 && GATHER_MS > 0) setTimeout(broadcast, GATHER_MS);
  gathered.push(report);
  if (GATHER_MS === 0) broadcast();
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
    take(report);
    socket.send(JSON.stringify({ type: 'ack', id, duplicate: false }));
  });
});
announce(server);
