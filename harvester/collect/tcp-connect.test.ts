import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { createTcpConnect } from './tcp-connect.ts';

const connect = createTcpConnect(systemClock);

describe('TCP connection', () => {
  it('is answered by who listens, and by who refuses', async () => {
    const server = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;

    const accepted = await connect('127.0.0.1', port, 5_000);
    server.close();
    await once(server, 'close');
    const refused = await connect('127.0.0.1', port, 5_000);

    expect(accepted).toMatchObject({ kind: 'answered', open: true });
    expect(refused).toMatchObject({ kind: 'answered', open: false });
    for (const reached of [accepted, refused]) expect(reached.kind === 'answered' && reached.ms > 0 && reached.ms < 5_000).toBe(true);
  });

  it('sends nothing over the connection', async () => {
    let received = 0;
    const server = createServer((socket) => socket.on('data', (chunk) => (received += chunk.length))).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const ended = once(server, 'connection').then(([socket]) => once(socket as NodeJS.EventEmitter, 'close'));

    await connect('127.0.0.1', (server.address() as AddressInfo).port, 5_000);
    await ended;
    server.close();

    expect(received).toBe(0);
  });

  it('is not tried to what is no address of a host', async () => {
    expect(await connect('255.255.255.255', 9, 2_000)).toMatchObject({ kind: expect.stringMatching(/unsent|silent/) });
    expect(await connect('127.0.0.1', 9, 2_000, AbortSignal.abort())).toEqual({ kind: 'unsent', reason: 'it was stopped' });
  });
});
