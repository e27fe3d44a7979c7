/**
 * Load: WebSockets that only stay open, of pages or of agents. Says `open` on a line of its own
 * when all are, and ends at the end of its input.
 */
import { Agent, request } from 'node:http';
import type { Socket } from 'node:net';
import { fail, parameters } from './program.ts';

const { url: address, path, sockets } = parameters() as { url: string; path: '/ws' | '/ws/agent'; sockets: number };
const AT_ONCE = 50;
const url = new URL(path, address);
const open: Socket[] = [];
const agent = new Agent({ keepAlive: false, maxSockets: Infinity });

function openOne(): Promise<void> {
  return new Promise((resolve) => {
    const headers = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==' };
    request(url, { agent, headers })
      .on('upgrade', (_, socket: Socket) => {
        socket.on('error', fail).resume();
        open.push(socket);
        resolve();
      })
      .on('error', fail)
      .end();
  });
}

for (let first = 0; first < sockets; first += AT_ONCE) await Promise.all(Array.from({ length: Math.min(AT_ONCE, sockets - first) }, openOne));
console.log('open');
process.stdin.on('end', () => process.exit(0)).resume();
