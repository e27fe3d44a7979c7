import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AgentAnswer } from '../protocol/frames.ts';
import { connectAgent, refusedUpgrade } from './support/agent-client.ts';
import { type RunningNester, startNester } from './support/program.ts';
import { until } from './support/requests.ts';

/** `/ws/agent` of the built program, frame by frame. */

let nester: RunningNester;
let locked: RunningNester;

beforeAll(async () => {
  [nester, locked] = await Promise.all([
    startNester(),
    startNester({ env: { NESTER_API_KEY: 'k', NESTER_ALLOWED_ORIGINS: 'https://status.example.org' } }),
  ]);
});
afterAll(async () => {
  await nester.kill();
  await locked.kill();
});

describe("an agent's socket", () => {
  it('is welcomed, and what it is acknowledged is in data.json', async () => {
    const agent = await connectAgent(nester.url);

    const welcome = await agent.next();
    agent.send({ type: 'report', id: 41, report: { node: 'agent', timestamp: 1_700_000_000_000, latency: 3 } });
    const ack = await agent.next();
    const kept = JSON.parse(readFileSync(join(nester.dataDir, 'data.json'), 'utf8')) as { node: string }[];
    agent.send({ type: 'report', id: 42, report: { node: 'agent', timestamp: 1_700_000_000_000 } });
    const twin = await agent.next();

    expect(welcome).toEqual({ type: 'welcome', protocol: 1, serverTime: expect.any(Number) });
    expect(ack).toEqual({ type: 'ack', id: 41, duplicate: false });
    expect(kept.at(-1)).toMatchObject({ node: 'agent', latency: 3 });
    expect(twin).toEqual({ type: 'ack', id: 42, duplicate: true });
    agent.socket.close();
  });

  it('is told of every report that is refused, and of every frame that is not understood', async () => {
    const agent = await connectAgent(nester.url);
    await agent.next();

    agent.send({ type: 'report', id: 1, report: { node: '', loss: 200 } });
    agent.send({ type: 'reboot' });
    agent.send('{');
    agent.socket.send(Buffer.from([1, 2, 3]));
    agent.send({ type: 'report', id: 2, report: { node: 'agent' } });

    const reject = await agent.next();
    expect(reject).toMatchObject({ type: 'reject', id: 1 });
    expect(reject.type === 'reject' && reject.errors.map(({ path }) => path)).toEqual(['node', 'loss']);
    for (let count = 0; count < 3; count++) expect(await agent.next()).toEqual({ type: 'error', message: expect.any(String) });
    expect(await agent.next()).toEqual({ type: 'ack', id: 2, duplicate: false });
    agent.socket.close();
  });

  it('gets one answer for each of thousands sent ahead, in order', async () => {
    const agent = await connectAgent(nester.url);
    const total = 5_000;

    for (let id = 0; id < total; id++) agent.send({ type: 'report', id, report: { node: 'ahead', timestamp: 1_700_000_000_000 + id } });
    await until('all are answered', () => agent.frames.length === total + 1, 60_000);

    expect(agent.frames.slice(1)).toEqual(Array.from({ length: total }, (_, id): AgentAnswer => ({ type: 'ack', id, duplicate: false })));
    agent.socket.close();
  });

  it('shows in the state of its node while it is open', async () => {
    const agent = await connectAgent(nester.url);
    const isConnected = async (): Promise<boolean> => (await (await fetch(`${nester.url}/api/nodes/speaks`)).json()).connected === true;
    agent.send({ type: 'report', id: 1, report: { node: 'speaks' } });
    await until('it is acknowledged', () => agent.frames.length === 2);

    await until('it shows as connected', isConnected);
    agent.socket.close();
    await until('it shows as gone', async () => !(await isConnected()));
  });

  it('is asked to measure, with no argument, when its node is to be measured now', async () => {
    const agent = await connectAgent(nester.url);
    const measure = async (node: string): Promise<number> => (await fetch(`${nester.url}/api/nodes/${node}/measure`, { method: 'POST' })).status;
    agent.send({ type: 'report', id: 1, report: { node: 'asked' } });
    await until('it is acknowledged', () => agent.frames.length === 2);

    const status = await measure('asked');
    await until('it is asked', () => agent.frames.length === 3);
    agent.socket.close();
    await until('it is gone', async () => (await (await fetch(`${nester.url}/api/nodes/asked`)).json()).connected === false);

    expect(status).toBe(202);
    expect(agent.frames.at(-1)).toEqual({ type: 'measure' });
    expect([await measure('asked'), await measure('nobody')]).toEqual([409, 404]);
  });

  it('is closed when a frame is over the largest size: 1009', async () => {
    const agent = await connectAgent(nester.url);

    agent.send('x'.repeat(300 * 1024));

    expect(await agent.closed).toBe(1009);
  });

  it('is refused without the key (401), and to the pages of others (403)', async () => {
    const socket = `${locked.url}/ws/agent`;
    const key = { 'x-api-key': 'k' };

    const refused = await Promise.all([
      refusedUpgrade(socket),
      refusedUpgrade(socket, { 'x-api-key': 'wrong' }),
      refusedUpgrade(socket, { ...key, origin: 'https://evil.example' }),
      refusedUpgrade(`${locked.url}/ws/other`, key),
    ]);
    const opened = [
      await connectAgent(locked.url, key),
      await connectAgent(locked.url, { ...key, origin: locked.url }),
      await connectAgent(locked.url, { ...key, origin: 'https://status.example.org' }),
    ];

    expect(refused.map(({ status }) => status)).toEqual([401, 401, 403, 404]);
    for (const { body } of refused) expect(JSON.parse(body)).toMatchObject({ title: expect.any(String), detail: expect.any(String) });
    for (const agent of opened) {
      expect(await agent.next()).toMatchObject({ type: 'welcome' });
      agent.socket.terminate();
    }
  });

  it('is pinged every 25 s, and cut when it answers two pings with nothing', async () => {
    // The dead one first: its turns come first, and it is cut before the other is pinged again.
    const dead = await connectAgent(nester.url);
    const alive = await connectAgent(nester.url);
    const startMs = performance.now();
    const pingsMs: number[] = [];
    alive.socket.on('ping', () => pingsMs.push(performance.now() - startMs));

    dead.socket.pause();
    await until('the other was pinged three times', () => pingsMs.length === 3, 90_000);
    // What it was sent is read now: the pings, and the end of the connection.
    dead.socket.resume();

    expect(await dead.closed).toBe(1006);
    expect(Math.round((pingsMs[0] ?? 0) / 1000)).toBeGreaterThanOrEqual(24);
    expect(alive.socket.readyState).toBe(alive.socket.OPEN);
    alive.socket.close();
  });

  it('is told goodbye when Nester stops (1001), and nothing acknowledged is lost', async () => {
    const stopping = await startNester();
    const agent = await connectAgent(stopping.url);
    const answered = new Set<number>();
    let id = 0;
    const feed = setInterval(() => {
      for (let count = 0; count < 50; count++) agent.send({ type: 'report', id, report: { node: 'a', timestamp: 1_700_000_000_000 + id++ } });
    }, 5);
    await until('many are answered', () => agent.frames.length > 500);

    const code = await stopping.stop();
    clearInterval(feed);
    for (const frame of agent.frames) if (frame.type === 'ack') answered.add(frame.id);
    const again = await startNester({ dataDir: stopping.dataDir });
    const kept = (await (await fetch(`${again.url}/api/reports`)).json()) as { timestamp: string }[];
    await again.kill();

    expect(code).toBe(0);
    expect(await agent.closed).toBe(1001);
    expect(new Set(kept.map(({ timestamp }) => Date.parse(timestamp) - 1_700_000_000_000))).toEqual(answered);
  });
});
