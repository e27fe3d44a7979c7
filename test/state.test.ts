import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { NodeState } from '../protocol/node-state.ts';
import { type RunningNester, startNester } from './support/program.ts';
import { openViewer, post, type ViewerClient } from './support/viewer-client.ts';

/** Late and offline as an open page sees them, from the built program, in real time. */

let nester: RunningNester;
let viewer: ViewerClient;

beforeAll(async () => {
  nester = await startNester();
  viewer = await openViewer(nester.url);
});
afterAll(async () => {
  await nester.kill();
});

/** Reports and resolves to the state that followed. */
async function hear(report: { node: string } & Record<string, unknown>): Promise<NodeState> {
  expect((await post(nester.url, '/api/report', report)).status).toBe(201);
  return (await (await fetch(`${nester.url}/api/nodes/${report.node}`)).json()) as NodeState;
}

const is =
  (...statuses: string[]) =>
  ({ status }: NodeState): boolean =>
    statuses.includes(status);

/** An agent's socket that has delivered a report of the node. */
async function anAgent(node: string, interval: number): Promise<WebSocket> {
  const socket = new WebSocket(`${nester.url.replace('http', 'ws')}/ws/agent`);
  await new Promise<void>((resolve, reject) => {
    socket.on('message', (data: Buffer) => {
      if ((JSON.parse(data.toString()) as { type: string }).type === 'ack') resolve();
    });
    socket.once('error', reject);
    socket.once('open', () => socket.send(JSON.stringify({ type: 'report', id: 1, report: { node, interval } })));
  });
  return socket;
}

describe('a node that falls silent', () => {
  it('is late, then offline, each pushed when it begins', async () => {
    const heard = await hear({ node: 'silent', interval: 1 });
    expect(heard).toMatchObject({ status: 'online', interval: 1, nextDue: heard.receivedAt + 1_000 });

    const late = await viewer.node('silent', is('late'));
    expect(Date.now()).toBeGreaterThanOrEqual(late.since);
    const offline = await viewer.node('silent', is('offline'));

    expect([late.since, offline.since]).toEqual([heard.receivedAt + 6_250, heard.receivedAt + 8_000]);
    expect(await (await fetch(`${nester.url}/api/nodes/silent`)).json()).toEqual(offline);
  });

  it('is online again as soon as it is heard', async () => {
    await viewer.node('silent', is('offline'));
    const back = await hear({ node: 'silent', interval: 600 });

    const told = await viewer.node('silent', ({ status, since }) => status === 'online' && since === back.receivedAt);

    expect(told).toEqual(back);
  });
});

describe('a node that is heard', () => {
  it('is not kept from being late by reports that come too late', async () => {
    const heard = await hear({ node: 'backlog', interval: 1, latency: 1 });
    await hear({ node: 'backlog', interval: 600, latency: 2, timestamp: heard.receivedAt - 60_000 });

    const late = await viewer.node('backlog', is('late'));

    expect(late).toMatchObject({ latency: 1, interval: 1, since: heard.receivedAt + 6_250 });
  });

  it('is judged by our clock, not by its own', async () => {
    const heard = await hear({ node: 'wrong-clock', interval: 600, timestamp: '2001-01-01T00:00:00Z' });

    expect(heard).toMatchObject({ status: 'online', nextDue: heard.receivedAt + 600_000 });
  });

  it('teaches its interval when it does not say it', async () => {
    const nowMs = Date.now();
    expect((await hear({ node: 'cron', timestamp: nowMs - 900_000 })).interval).toBe(60);
    for (const ago of [600_000, 300_000]) await hear({ node: 'cron', timestamp: nowMs - ago });

    expect((await hear({ node: 'cron', timestamp: nowMs })).interval).toBe(300);
  });

  it('has its new labels told', async () => {
    await hear({ node: 'labelled', interval: 600, labels: { site: 'Lyon' } });
    await hear({ node: 'labelled', interval: 600, labels: { site: 'Lille' } });

    expect(await viewer.node('labelled', ({ labels }) => labels.site === 'Lille')).toMatchObject({ status: 'online' });
  });
});

describe("an agent's node", () => {
  it('is connected while a socket is open', async () => {
    const socket = await anAgent('linked', 600);
    expect(await viewer.node('linked', ({ connected }) => connected)).toMatchObject({ status: 'online' });

    const told = viewer.frames.length;
    socket.close();
    const isUnlinked = ({ node, connected }: NodeState): boolean => node === 'linked' && !connected;
    await viewer.frame(
      'the end of the link',
      (frame) => frame.type === 'nodes' && frame.nodes.some(isUnlinked) && viewer.frames.indexOf(frame) >= told,
    );
  });

  it('is offline when its socket is gone for 30 s and a report is due, long before three intervals', async () => {
    const socket = await anAgent('cut', 20);
    const heard = await viewer.node('cut', is('online'));
    const cutMs = Date.now();
    socket.terminate();

    const offline = await viewer.node('cut', is('offline'), 60_000);

    expect(offline.connected).toBe(false);
    expect(offline.since).toBeGreaterThanOrEqual(cutMs + 30_000);
    expect(offline.since).toBeLessThan(heard.receivedAt + 65_000);
  });
});

describe('a restart of Nester', () => {
  it('is not held against any node: each has its interval anew', async () => {
    const first = await startNester();
    await post(first.url, '/api/report', { node: 'patient', interval: 1 });
    const before = await openViewer(first.url);
    await before.node('patient', is('offline'));
    await first.stop();

    const restartedMs = Date.now();
    const second = await startNester({ dataDir: first.dataDir });
    const after = await openViewer(second.url);
    const snapshot = await after.frame('the snapshot', ({ type }) => type === 'snapshot');
    const late = await after.node('patient', is('late'));

    expect(snapshot.nodes).toHaveLength(1);
    expect(snapshot.nodes[0]).toMatchObject({ node: 'patient', status: 'online' });
    expect(snapshot.nodes[0]!.since).toBeGreaterThanOrEqual(restartedMs);
    expect(late.since).toBeGreaterThanOrEqual(restartedMs + 6_250);
    await second.kill();
  });
});
