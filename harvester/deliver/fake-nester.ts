import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

/** A request as it came. */
export interface Received {
  method: string;
  url: string;
  key: string | undefined;
  body: string;
}

/** A small server for tests that behaves as it is told: a Nester, a broken one, or none at all. */
export interface FakeNester {
  /** Ends in `/`. */
  base: string;
  requests: Received[];
  /** Reports it has confirmed, as JSON, in order of receipt. */
  kept: string[];
  /** Takes a request instead of the usual answer. `false`: answer as usual. */
  onRequest: (request: Received, response: ServerResponse) => boolean;
  /** Called for every agent that was let in, after `welcome`. */
  onAgent: (socket: WebSocket) => void;
  /** What is done with an agent's frame; usually it is acknowledged. */
  onFrame: (frame: { id: number; report: unknown }, socket: WebSocket) => void;
  /** Status of the answer to an upgrade; 101 lets agents in. */
  upgradeStatus: number;
  /** Whether an agent is told `welcome`. */
  welcomes: boolean;
  agents: Set<WebSocket>;
  close(): Promise<void>;
}

export async function startFakeNester(port = 0): Promise<FakeNester> {
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => void answer(request, response));
  const upgrades = new WebSocketServer({ noServer: true });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    const received: Received = {
      method: request.method ?? '',
      url: request.url ?? '',
      key: request.headers['x-api-key']?.toString(),
      body: Buffer.concat(chunks).toString(),
    };
    fake.requests.push(received);
    if (!fake.onRequest(received, response)) usual(received, response);
  }

  function usual({ method, url, body }: Received, response: ServerResponse): void {
    const say = (status: number, value: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    };
    if (method === 'GET' && url === '/healthz') {
      say(200, { status: 'ok' });
    } else if (method === 'POST' && url === '/api/report') {
      const { node, timestamp } = JSON.parse(body) as { node: string; timestamp: string };
      fake.kept.push(body);
      say(201, { node, timestamp, duplicate: false });
    } else if (method === 'POST' && url === '/api/reports') {
      // No reports at all, as an array: a harvester that only asks whether it may.
      const lines = body === '[]' ? [] : body.trim().split('\n');
      fake.kept.push(...lines);
      say(200, { accepted: lines.length, duplicates: 0, rejected: [] });
    } else {
      say(404, { title: 'Not Found' });
    }
  }

  server.on('upgrade', (request, socket, head) => {
    if (fake.upgradeStatus !== 101) {
      socket.end(`HTTP/1.1 ${fake.upgradeStatus} No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    upgrades.handleUpgrade(request, socket, head, (agent) => {
      fake.agents.add(agent);
      agent.on('close', () => fake.agents.delete(agent));
      agent.on('error', () => undefined);
      agent.on('message', (data: Buffer) => {
        fake.onFrame(JSON.parse(data.toString()) as { id: number; report: unknown }, agent);
      });
      if (fake.welcomes) agent.send(JSON.stringify({ type: 'welcome', protocol: 1, serverTime: Date.now() }));
      fake.onAgent(agent);
    });
  });

  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const fake: FakeNester = {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    requests: [],
    kept: [],
    onRequest: () => false,
    onAgent: () => undefined,
    onFrame({ id, report }, socket) {
      fake.kept.push(JSON.stringify(report));
      socket.send(JSON.stringify({ type: 'ack', id, duplicate: false }));
    },
    upgradeStatus: 101,
    welcomes: true,
    agents: new Set(),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return fake;
}
