import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { AgentAnswer } from '../../protocol/frames.ts';
import { failingStore, holdingStore } from '../../test/support/failing-store.ts';
import { LIMITS } from '../../protocol/limits.ts';
import { connectAgent, refusedUpgrade } from '../../test/support/agent-client.ts';
import { type MemoryNester, startMemoryNester } from '../../test/support/memory-nester.ts';
import { until } from '../../test/support/requests.ts';
import { createMemoryStore } from '../store/memory-store.ts';
import { StoreUnavailableError } from '../store/report-store.ts';
import { createStanding } from '../auth/standing.ts';
import { createAgentDoor } from './agent-door.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { createIngest } from './ingest.ts';
import { createRateLimit } from './rate-limit.ts';
import { createTurns } from './turns.ts';

/** Holds every append until released. */
function holding() {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const state = { taken: 0, release: () => release() };
  const around = (store: MemoryNester['store']): Partial<MemoryNester['store']> => holdingStore(store, held, () => state.taken++);
  return { state, around };
}

async function stateOf(url: string, node: string): Promise<{ connected: boolean } | undefined> {
  const response = await fetch(`${url}/api/nodes/${node}`);
  return response.status === 200 ? response.json() : undefined;
}

describe('/ws/agent', () => {
  it('welcomes first, then acknowledges what is kept, by its id', async () => {
    const { url, store } = await startMemoryNester();
    const agent = await connectAgent(url);

    agent.send({ type: 'report', id: 7, report: { node: 'a', timestamp: 1000 } });
    agent.send({ type: 'report', id: 8, report: { node: 'a', timestamp: 1000 } });

    expect(await agent.next()).toEqual({ type: 'welcome', protocol: 1, serverTime: expect.any(Number) });
    expect(await agent.next()).toEqual({ type: 'ack', id: 7, duplicate: false });
    expect(await agent.next()).toEqual({ type: 'ack', id: 8, duplicate: true });
    expect(store.count()).toBe(1);
  });

  it('rejects a report that is not valid, and says why', async () => {
    const { url } = await startMemoryNester();
    const agent = await connectAgent(url);
    await agent.next();

    agent.send({ type: 'report', id: 1, report: { node: 'a', loss: 101 } });
    agent.send({ type: 'report', id: 2 });

    expect(await agent.next()).toEqual({ type: 'reject', id: 1, errors: [{ path: 'loss', message: expect.any(String) }] });
    expect(await agent.next()).toMatchObject({ type: 'reject', id: 2 });
  });

  it('asks for a report again later while the disk is full', async () => {
    let isFull = true;
    const { url } = await startMemoryNester({
      around: (store) => failingStore(store, () => (isFull ? new StoreUnavailableError(new Error('full')) : undefined)),
    });
    const agent = await connectAgent(url);
    await agent.next();

    agent.send({ type: 'report', id: 1, report: { node: 'a', timestamp: 1000 } });
    const refused = await agent.next();
    isFull = false;
    agent.send({ type: 'report', id: 1, report: { node: 'a', timestamp: 1000 } });

    expect(refused).toEqual({ type: 'retry', id: 1, after: expect.any(Number) });
    expect(await agent.next()).toEqual({ type: 'ack', id: 1, duplicate: false });
  });

  it.each([
    ['a type it does not know', '{"type":"exec","command":"ls"}', /type/],
    ['no type', '{"id":1}', /type/],
    ['an id that is no number', '{"type":"report","id":"1","report":{}}', /id/],
    ['text that is not JSON', '{"type":', /JSON/],
    ['a list', '[1]', /object/],
    ['a deep nest', `{"type":"report","id":1,"report":${'['.repeat(200)}${']'.repeat(200)}}`, /nested/],
  ])('answers %s with an error, and goes on', async (_what, text, message) => {
    const { url } = await startMemoryNester();
    const agent = await connectAgent(url);
    await agent.next();

    agent.send(text);
    agent.send({ type: 'report', id: 1, report: { node: 'a' } });

    expect(await agent.next()).toEqual({ type: 'error', message: expect.stringMatching(message) });
    expect(await agent.next()).toMatchObject({ type: 'ack', id: 1 });
  });

  it('answers a binary frame with an error, and goes on', async () => {
    const { url } = await startMemoryNester();
    const agent = await connectAgent(url);
    await agent.next();

    agent.socket.send(Buffer.from('{"type":"report","id":1,"report":{"node":"a"}}'));
    agent.send({ type: 'report', id: 2, report: { node: 'a' } });

    expect(await agent.next()).toEqual({ type: 'error', message: expect.stringContaining('binary') });
    expect(await agent.next()).toMatchObject({ type: 'ack', id: 2 });
  });

  it('closes a socket that sends a frame over the largest size', async () => {
    const { url } = await startMemoryNester();
    const agent = await connectAgent(url);

    agent.send('x'.repeat(LIMITS.agentFrameBytes + 1));

    expect(await agent.closed).toBe(1009);
  });

  it('closes a socket whose text is not UTF-8, and goes on with others', async () => {
    const { url } = await startMemoryNester();
    const broken = await connectAgent(url);
    const other = await connectAgent(url);
    await other.next();

    broken.socket.send(Buffer.from([0xff, 0xfe]), { binary: false });
    const code = await broken.closed;
    other.send({ type: 'report', id: 1, report: { node: 'a' } });

    expect(code).toBe(1007);
    expect(await other.next()).toMatchObject({ type: 'ack' });
  });

  it('stops reading from an agent with too much in flight, and drops none of it', async () => {
    const { state, around } = holding();
    const { url, store } = await startMemoryNester({ around });
    const agent = await connectAgent(url);
    const total = 8_000;
    const padding = 'x'.repeat(90);
    const labels = Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`label${n}`, padding]));

    for (let id = 0; id < total; id++) agent.send({ type: 'report', id, report: { node: 'a', timestamp: id, labels } });
    await until('as much is in flight as may be', () => state.taken >= LIMITS.inFlight);
    await fetch(`${url}/healthz`);
    const takenWhileHeld = state.taken;
    state.release();
    await until('all are answered', () => agent.frames.length === total + 1, 60_000);

    expect(takenWhileHeld).toBeLessThan(1_000);
    expect(agent.frames.slice(1)).toEqual(Array.from({ length: total }, (_, id): AgentAnswer => ({ type: 'ack', id, duplicate: false })));
    expect(store.count()).toBe(total);
  });

  it('says of a node that it is connected while a socket speaks for it', async () => {
    const { url } = await startMemoryNester();
    const first = await connectAgent(url);
    const second = await connectAgent(url);
    for (const [id, node] of ['a', 'b'].entries()) first.send({ type: 'report', id, report: { node } });
    second.send({ type: 'report', id: 0, report: { node: 'b' } });
    await until('both are acknowledged', () => first.frames.length === 3 && second.frames.length === 2);
    const before = [await stateOf(url, 'a'), await stateOf(url, 'b')];

    first.socket.close();
    await until('a has lost its only socket', async () => (await stateOf(url, 'a'))?.connected === false);

    expect(before).toMatchObject([{ connected: true }, { connected: true }]);
    expect(await stateOf(url, 'b')).toMatchObject({ connected: true });
  });

  it('answers 401 without the key, and opens with it', async () => {
    const { url } = await startMemoryNester({ config: { apiKey: 'k' } });

    const refused = await refusedUpgrade(`${url}/ws/agent`);
    const agent = await connectAgent(url, { 'x-api-key': 'k' });

    expect(refused.status).toBe(401);
    expect(refused.headers['content-type']).toBe('application/problem+json');
    expect(JSON.parse(refused.body)).toMatchObject({ status: 401 });
    expect(await agent.next()).toMatchObject({ type: 'welcome' });
  });

  it('answers 403 to the page of another host, and opens to its own and to those named', async () => {
    const { url, port } = await startMemoryNester({ config: { allowedOrigins: ['https://status.example.org'] } });

    const refused = await refusedUpgrade(`${url}/ws/agent`, { origin: 'https://evil.example' });
    const own = await connectAgent(url, { origin: `http://127.0.0.1:${port}` });
    const named = await connectAgent(url, { origin: 'https://status.example.org' });

    expect(refused.status).toBe(403);
    expect(await own.next()).toMatchObject({ type: 'welcome' });
    expect(await named.next()).toMatchObject({ type: 'welcome' });
  });

  it('says goodbye with 1001 when Nester stops, after it answered what it had taken', async () => {
    const { state, around } = holding();
    const { url, stop } = await startMemoryNester({ around });
    const agent = await connectAgent(url);
    agent.send({ type: 'report', id: 1, report: { node: 'a', timestamp: 1 } });
    await until('the report is taken', () => state.taken === 1);

    const stopped = stop();
    agent.send({ type: 'report', id: 2, report: { node: 'a', timestamp: 2 } });
    await until('the late one is sent back', () => agent.frames.length === 2);
    state.release();

    expect(await agent.closed).toBe(1001);
    await stopped;
    expect(agent.frames.slice(1)).toEqual([
      { type: 'retry', id: 2, after: expect.any(Number) },
      { type: 'ack', id: 1, duplicate: false },
    ]);
  });
});

/** Whoever comes may do anything. */
const ANYONE = { holder: 'anyone', mayWrite: () => true, stands: () => true };

describe('an agent door', () => {
  /** The door alone, on a server of its own. */
  async function openDoor(heartbeatMs: number) {
    const store = createMemoryStore();
    const anyRate = createRateLimit({ perSecond: 0, monotonicMs: () => performance.now() });
    const connected = new Set<string>();
    const door = createAgentDoor({
      ingest: createIngest({ store, nodeLimit: { admit: () => 'known', settled: () => undefined }, now: Date.now }),
      turns: createTurns(),
      fleet: {
        connect: (node) => {
          connected.add(node);
          return () => connected.delete(node);
        },
      },
      standing: createStanding(),
      rates: { address: anyRate, key: anyRate },
      limits: DEFAULT_LIMITS,
      addressOf: () => 'here',
      monotonicMs: () => performance.now(),
      now: Date.now,
      log: { error: () => undefined },
      heartbeatMs,
    });
    const server = createServer().on('upgrade', (request, socket, head) => door.open(request, socket, head, ANYONE));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(async () => {
      await door.stop(100);
      server.close();
    });
    return { door, connected, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  }

  it('asks those who speak for a node to measure, and nobody else', async () => {
    const { door, url, connected } = await openDoor(60_000);
    const asked = await connectAgent(url);
    const other = await connectAgent(url);
    asked.send({ type: 'report', id: 1, report: { node: 'a' } });
    other.send({ type: 'report', id: 1, report: { node: 'b' } });
    await until('both have spoken', () => connected.size === 2);

    const [known, unknown] = [door.measure('a'), door.measure('c')];
    await until('it was asked', () => asked.frames.length === 3);

    expect([known, unknown]).toEqual([true, false]);
    expect(asked.frames.at(-1)).toEqual({ type: 'measure' });
    expect(other.frames.map(({ type }) => type)).toEqual(['welcome', 'ack']);
  });

  it('ends a socket that answered two pings in a row with nothing, and keeps one that answers', async () => {
    const { url, connected } = await openDoor(40);
    const alive = await connectAgent(url);
    const dead = await connectAgent(url);
    alive.send({ type: 'report', id: 1, report: { node: 'alive' } });
    dead.send({ type: 'report', id: 1, report: { node: 'dead' } });
    await until('both have spoken', () => connected.size === 2);

    dead.socket.pause();
    await until('the silent one is gone', () => !connected.has('dead'));
    let pings = 0;
    alive.socket.on('ping', () => pings++);
    await until('the other was asked and asked again', () => pings > 4);

    expect(alive.socket.readyState).toBe(alive.socket.OPEN);
    expect([...connected]).toEqual(['alive']);
  });
});
