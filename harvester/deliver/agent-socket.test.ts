import { lookup } from 'node:dns';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import { createAuthority, pairOf } from '../../test/support/certificates.ts';
import { createAgentSocket } from './agent-socket.ts';

/** Somebody who speaks WebSocket over TLS, with a certificate of an authority that nobody knows. */
async function startStranger() {
  const folder = mkdtempSync(join(tmpdir(), 'nester-socket-'));
  const authority = createAuthority(folder);
  const server = createServer(pairOf(authority.issue('nester')));
  const asked: string[] = [];
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (_socket, request) => asked.push(JSON.stringify(request.headers)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const client of sockets.clients) client.terminate();
    server.close();
    rmSync(folder, { recursive: true });
  });
  return { url: `wss://127.0.0.1:${(server.address() as { port: number }).port}`, ca: readFileSync(authority.cert, 'utf8'), asked };
}

function connect(url: string, ca?: string): Promise<string> {
  return new Promise((resolve) => {
    const AgentSocket = createAgentSocket({ key: 'planted', ca, version: '0', lookup, heard: () => undefined, broken: resolve });
    const socket = new AgentSocket(url);
    onTestFinished(() => socket.terminate());
    socket.on('open', () => resolve('open'));
  });
}

describe('the socket of an agent', () => {
  it('is not opened to somebody whose certificate nobody vouches for, whatever the environment says, and its key is not sent', async () => {
    const { url, asked } = await startStranger();
    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    onTestFinished(() => {
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
    });

    const outcome = await connect(url);

    expect(outcome).toMatch(/certificate/);
    expect(asked).toEqual([]);
  });

  it('is opened when the authority it was told of vouches for the other', async () => {
    const { url, ca, asked } = await startStranger();

    expect(await connect(url, ca)).toBe('open');
    expect(asked[0]).toContain('planted');
  });
});
