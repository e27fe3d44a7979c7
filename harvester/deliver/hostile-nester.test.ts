import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { WebSocket } from 'ws';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createManualClock, type ManualClock } from '../manual-clock.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { type FakeNester, startFakeNester } from './fake-nester.ts';
import { createMemoryOutbox, keepBacklog, keepReport, numberOf } from './memory-outbox.ts';
import { SELF_SIGNED } from './self-signed.ts';
import { aWayOut, type WayOut } from './way-out.ts';

/** Whatever a Nester does, or what stands in its place: a line in the log, no crash, nothing lost. */

const PATIENT = { timeout: 25_000 };
const BACKLOG = 20;
let nester: FakeNester;
let outbox: Outbox;
let clock: ManualClock;
let said: string[];
let way: WayOut;

beforeEach(async () => {
  [nester, outbox, clock, said] = [await startFakeNester(), createMemoryOutbox(), createManualClock(), []];
});
afterEach(async () => {
  const stopping = way.dispatch.stop(0);
  await clock.advance(1);
  await stopping;
  await nester.close();
});

function start(...bases: [string, ...string[]]): void {
  way = aWayOut({ bases, outbox, clock, hurry: 50, say: (message) => said.push(message) });
  way.dispatch.start(() => undefined);
}
/** Time goes on, and with it a round now and then, until the condition holds. */
async function until(holds: () => boolean, stepMs = 200): Promise<void> {
  await expect.poll(async () => (await clock.advance(stepMs), holds()), { ...PATIENT, interval: 5 }).toBe(true);
}
let next = BACKLOG;
async function measure(): Promise<void> {
  way.dispatch.deliver(await keepReport(outbox, ++next));
}

function usual(fake: FakeNester): void {
  const { onFrame } = pristine;
  fake.onRequest = () => false;
  fake.onAgent = () => undefined;
  fake.onFrame = onFrame(fake);
  [fake.upgradeStatus, fake.welcomes] = [101, true];
}
const pristine = {
  onFrame: (fake: FakeNester): FakeNester['onFrame'] => ({ id, report }, socket) => {
    fake.kept.push(JSON.stringify(report));
    socket.send(JSON.stringify({ type: 'ack', id, duplicate: false }));
  },
};

/** Both doors answer with this. */
const answering = (status: number, headers: Record<string, string> = {}) => (fake: FakeNester): void => {
  fake.upgradeStatus = status;
  fake.onRequest = (_request, response) => (response.writeHead(status, headers).end('<html>'), true);
};
const speaking = (speak: (socket: WebSocket) => void) => (fake: FakeNester): void => {
  fake.onAgent = speak;
  fake.onFrame = (_frame, socket) => speak(socket);
  fake.onRequest = (_request, response) => (response.socket?.destroy(), true);
};

describe('an agent keeps everything, says what is wrong, and delivers afterwards', () => {
  it.each<[string, (fake: FakeNester) => void, RegExp]>([
    ['answers with 500s', answering(500), /status 500/],
    ['redirects', answering(302, { location: 'http://elsewhere.example/' }), /redirects to http:\/\/elsewhere\.example\/, which is not followed/],
    ['is a login page', answering(200), /not a Nester's/],
    ['refuses the key', answering(401), /NESTER_API_KEY must be a key of the Nester/],
    ['refuses the key for this node', speaking((socket) => {
      for (let id = 1; id < 100; id++) socket.send(JSON.stringify({ type: 'reject', id, status: 403, errors: [{ path: 'node', message: 'not yours' }] }));
    }), /does not take it: node: not yours/],
    ['opens its socket and answers nothing', (fake) => {
      fake.onFrame = () => undefined;
      fake.onRequest = () => true;
    }, /no answer for 20 s/],
    ['lets nobody connect and answers no POST', (fake) => {
      fake.upgradeStatus = 502;
      fake.onRequest = () => true;
    }, /no answer within 15 s/],
    ['says no welcome', (fake) => {
      fake.welcomes = false;
      fake.onRequest = (_request, response) => (response.socket?.destroy(), true);
    }, /it said no welcome/],
    ['sends a frame of 100 MB', speaking((socket) => socket.send(Buffer.alloc(100 * 1024 * 1024, 0x20), { binary: false })), /Max payload size exceeded/],
    ['closes each connection after its welcome', speaking((socket) => socket.close(1011, 'go away\u001b[2J')), /go away/],
    ['sends garbage and no answers', speaking((socket) => {
      for (const frame of ['hello', '{"type":"ack","id":4711}', '{"type":"reject","id":"1"}', '{"type":"retry","id":-1,"after":1e999}', '[[[[', '\u0000']) socket.send(frame);
    }), /no answer for 20 s/],
    ['answers to what was never sent', speaking((socket) => {
      for (let id = 1_000; id < 1_100; id++) socket.send(JSON.stringify({ type: id % 2 ? 'ack' : 'reject', id, duplicate: false, errors: [] }));
    }), /no answer for 20 s/],
    ['asks for patience without end', speaking((socket) => {
      for (let id = 1; id < 100; id++) socket.send(JSON.stringify({ type: 'retry', id, after: 1e12 }));
    }), /cannot keep reports now; reports wait here for 3600 s/],
  ])('from a Nester that %s', async (_what, misbehave, line) => {
    next = BACKLOG;
    await keepBacklog(outbox, BACKLOG);
    misbehave(nester);
    start(nester.base);
    await measure();
    await until(() => said.some((message) => line.test(message)));
    await measure();
    const before = next;

    usual(nester);
    for (const agent of nester.agents) agent.terminate();
    await clock.advance(3_600_000);
    await measure();
    await until(() => outbox.count() === 0, 1_000);

    expect(before).toBe(BACKLOG + 2);
    expect([...new Set(nester.kept.map(numberOf))].sort((a, b) => a - b)).toEqual(Array.from({ length: next }, (_, at) => at + 1));
    expect(outbox.dropped()).toBe(0);
    // eslint-disable-next-line no-control-regex -- that there is none is what is tested
    expect(said.join('\n')).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    expect(said.join('\n')).not.toContain('secret');
    // A trouble is told, not told over and over.
    expect(said.filter((message) => message.includes('cannot be posted either')).length).toBeLessThanOrEqual(2);
  });

  it('from a server whose certificate cannot be verified, and turns to the next', async () => {
    next = BACKLOG;
    const requests: string[] = [];
    const impostor = createTlsServer(SELF_SIGNED, (request, response) => {
      requests.push(request.url ?? '');
      response.end();
    });
    await new Promise<void>((resolve) => impostor.listen(0, '127.0.0.1', resolve));
    await keepBacklog(outbox, BACKLOG);
    start(`https://127.0.0.1:${(impostor.address() as AddressInfo).port}/`, nester.base);
    await measure();

    await until(() => outbox.count() === 0);

    impostor.close();
    expect(requests).toEqual([]);
    expect(said.join('\n')).toMatch(/no connection to https:.*certificate/);
    expect([...new Set(nester.kept.map(numberOf))]).toHaveLength(BACKLOG + 1);
  });
});
