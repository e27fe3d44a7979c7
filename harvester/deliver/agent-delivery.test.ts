import type { WebSocket } from 'ws';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../protocol/limits.ts';
import { decodeReportFrame } from '../../protocol/frames.ts';
import { createManualClock, type ManualClock } from '../manual-clock.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { AgentLink } from './agent-link.ts';
import type { Dispatch } from './dispatch.ts';
import { type FakeNester, startFakeNester } from './fake-nester.ts';
import { createMemoryOutbox, keepBacklog, keepReport, numberOf } from './memory-outbox.ts';
import { aWayOut } from './way-out.ts';

const PATIENT = { timeout: 20_000 };
let nester: FakeNester;
let other: FakeNester;
let outbox: Outbox;
let clock: ManualClock;
let dispatch: Dispatch;
let measured: number;
let said: string[];

function start(...bases: string[]): AgentLink {
  const way = aWayOut({ bases: [bases[0] ?? nester.base, ...bases.slice(1)], outbox, clock, say: (message) => said.push(message) });
  dispatch = way.dispatch;
  dispatch.start(() => measured++);
  return way.link;
}

beforeEach(async () => {
  [nester, other] = [await startFakeNester(), await startFakeNester()];
  [outbox, clock, measured, said] = [createMemoryOutbox(), createManualClock(), 0, []];
});
afterEach(async () => {
  const stopping = dispatch.stop(0);
  await clock.advance(1);
  await stopping;
  await nester.close();
  await other.close();
});

const numbersKept = (): number[] => nester.kept.map(numberOf);
const countTo = (last: number): number[] => Array.from({ length: last }, (_, at) => at + 1);
const connected = (fake = nester): Promise<void> => expect.poll(() => fake.agents.size, PATIENT).toBe(1);
const emptied = (): Promise<void> => expect.poll(() => outbox.count(), PATIENT).toBe(0);
/** Lets the agent's clock run until the condition holds. */
async function until(holds: () => boolean, stepMs = 100): Promise<void> {
  await expect.poll(async () => (await clock.advance(stepMs), holds()), { ...PATIENT, interval: 5 }).toBe(true);
}

describe('delivery by socket', () => {
  it('sends frames that Nester understands, and takes a report out of the outbox when it is acknowledged', async () => {
    const answers: (() => void)[] = [];
    nester.onFrame = ({ id, report }, socket) => {
      expect(decodeReportFrame(JSON.stringify({ type: 'report', id, report })).ok).toBe(true);
      nester.kept.push(JSON.stringify(report));
      answers.push(() => socket.send(JSON.stringify({ type: 'ack', id, duplicate: false })));
    };
    const link = start();
    await expect.poll(() => link.isReady(), PATIENT).toBe(true);

    dispatch.deliver(await keepReport(outbox, 1));
    await expect.poll(() => answers.length, PATIENT).toBe(1);
    expect(outbox.count()).toBe(1);
    answers[0]?.();

    await emptied();
    expect(numbersKept()).toEqual([1]);
    expect(nester.requests).toEqual([]);
  });

  it('delivers a backlog of ten thousand in order, exactly once, never more than allowed in flight', async () => {
    await keepBacklog(outbox, 10_000);
    let inFlight = 0;
    let most = 0;
    nester.onFrame = ({ id, report }, socket) => {
      nester.kept.push(JSON.stringify(report));
      most = Math.max(most, ++inFlight);
      setImmediate(() => {
        inFlight--;
        socket.send(JSON.stringify({ type: 'ack', id, duplicate: false }));
      });
    };

    start();
    await emptied();

    expect(numbersKept()).toEqual(countTo(10_000));
    expect(most).toBeLessThanOrEqual(LIMITS.inFlight);
  });

  it('sends a fresh report at once, with ten thousand waiting and none of them answered', async () => {
    await keepBacklog(outbox, 10_000);
    nester.onFrame = ({ report }) => void nester.kept.push(JSON.stringify(report));
    start();
    await expect.poll(() => nester.kept.length, PATIENT).toBeGreaterThan(50);

    dispatch.deliver(await keepReport(outbox, 77_777));

    await expect.poll(() => numbersKept().includes(77_777), PATIENT).toBe(true);
    expect(nester.kept.length).toBeLessThanOrEqual(LIMITS.inFlight);
  });

  it('sends again what was not answered when the connection broke', async () => {
    await keepBacklog(outbox, 50);
    nester.onFrame = ({ id, report }, socket) => {
      nester.kept.push(JSON.stringify(report));
      if (nester.kept.length === 20) socket.terminate();
      else socket.send(JSON.stringify({ type: 'ack', id, duplicate: false }));
    };
    start();

    await until(() => outbox.count() === 0);

    expect([...new Set(numbersKept())].sort((a, b) => a - b)).toEqual(countTo(50));
  });

  it('is back within two seconds after Nester was away for a moment', async () => {
    start();
    await connected();
    const { port } = new URL(nester.base);
    await nester.close();
    await expect.poll(() => said.join().includes('no connection'), PATIENT).toBe(true);
    nester = await startFakeNester(Number(port));

    const before = clock.monotonic();
    await until(() => nester.agents.size === 1, 50);

    expect(clock.monotonic() - before).toBeLessThan(2_000);
  });

  it('gives up a report that Nester rejects, and says so', async () => {
    nester.onFrame = ({ id }, socket) => socket.send(JSON.stringify({ type: 'reject', id, errors: [{ path: 'loss', message: 'bad' }] }));
    const link = start();
    await expect.poll(() => link.isReady(), PATIENT).toBe(true);

    dispatch.deliver(await keepReport(outbox, 1));

    await emptied();
    expect(said.join()).toContain('loss: bad');
  });

  it('waits as long as Nester asks, and keeps everything meanwhile', async () => {
    let full = true;
    nester.onFrame = ({ id, report }, socket) => {
      if (!full) nester.kept.push(JSON.stringify(report));
      socket.send(JSON.stringify(full ? { type: 'retry', id, after: 30 } : { type: 'ack', id, duplicate: false }));
    };
    await keepBacklog(outbox, 5);
    start();
    await expect.poll(() => said.join().includes('reports wait here for 30 s'), PATIENT).toBe(true);
    full = false;

    dispatch.deliver(await keepReport(outbox, 6));
    await clock.advance(29_000);
    expect(outbox.count()).toBe(6);
    await clock.advance(1_500);

    await emptied();
    expect(numbersKept()).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('keeps a report for which the key is not good, and tries again until it is', async () => {
    let isGood = false;
    nester.onFrame = ({ id, report }, socket) => {
      if (isGood) nester.kept.push(JSON.stringify(report));
      socket.send(JSON.stringify(isGood ? { type: 'ack', id, duplicate: false } : { type: 'reject', id, status: 403, errors: [{ path: 'node', message: 'not yours' }] }));
    };
    await keepBacklog(outbox, 5);
    start();
    await expect.poll(() => said.join().includes('node: not yours'), PATIENT).toBe(true);
    isGood = true;

    await clock.advance(59_000);
    expect(outbox.count()).toBe(5);
    await clock.advance(1_500);

    await emptied();
    expect(numbersKept()).toEqual([1, 2, 3, 4, 5]);
  });

  it('measures when asked to', async () => {
    nester.onAgent = (socket) => socket.send('{"type":"measure"}');

    start();

    await expect.poll(() => measured, PATIENT).toBe(1);
  });

  it.each([
    ['what is no JSON', 'hello'],
    ['frames it does not know', '{"type":"reboot","command":"rm -rf /"}'],
    ['answers to nothing', '{"type":"ack","id":99,"duplicate":false}'],
    ['frames with wrong fields', '{"type":"ack","id":"1"}'],
    ['binary frames', Buffer.from([1, 2, 3])],
  ])('minds no %s', async (_what, frame) => {
    nester.onAgent = (socket) => socket.send(frame);
    const link = start();
    await expect.poll(() => link.isReady(), PATIENT).toBe(true);

    dispatch.deliver(await keepReport(outbox, 1));

    await emptied();
  });

  it('is not brought down by a frame of 100 MB, and connects anew', async () => {
    let sent = 0;
    nester.onAgent = (socket) => {
      if (sent++ === 0) socket.send(Buffer.alloc(100 * 1024 * 1024, 0x20), { binary: false });
    };
    start();

    await until(() => sent === 2);
    await until(() => nester.agents.size === 1);
  });

  it('takes a connection for dead when nothing was heard on it for a minute', async () => {
    const link = start();
    await expect.poll(() => link.isReady(), PATIENT).toBe(true);
    const first = [...nester.agents][0];

    await clock.advance(59_000);
    expect(link.isReady()).toBe(true);
    await clock.advance(1_500);

    await until(() => nester.agents.size > 0 && !nester.agents.has(first as WebSocket));
    expect(said.join()).toContain('nothing was heard for 60 s');
  });

  it('takes pings for signs of life', async () => {
    const link = start();
    await expect.poll(() => link.isReady(), PATIENT).toBe(true);
    const [agent] = nester.agents;
    for (let ping = 0; ping < 4; ping++) {
      await clock.advance(40_000);
      await new Promise((resolve) => {
        agent?.once('pong', resolve);
        agent?.ping();
      });
    }

    expect(link.isReady()).toBe(true);
    expect(nester.agents.has(agent as WebSocket)).toBe(true);
  });

  it('sends nothing to a server that says no welcome, and looks further', async () => {
    nester.welcomes = false;
    const link = start(nester.base, other.base);
    await connected();

    await clock.advance(10_000);
    await until(() => link.isReady());
    dispatch.deliver(await keepReport(outbox, 1));

    await emptied();
    expect(said.join()).toContain('it said no welcome');
    expect(nester.kept).toEqual([]);
    expect(other.kept).toHaveLength(1);
  });
});

describe('delivery where WebSockets do not pass', () => {
  it.each([400, 401, 426, 502])('goes by POST when the upgrade is answered with %i', async (status) => {
    nester.upgradeStatus = status;
    await keepBacklog(outbox, 700);
    start();
    await expect.poll(() => said.join().includes('no connection'), PATIENT).toBe(true);

    dispatch.deliver(await keepReport(outbox, 9_999));

    await emptied();
    expect(numbersKept()).toEqual([9_999, ...countTo(700)]);
    expect(nester.requests.every(({ key }) => key === 'secret')).toBe(true);
  });

  it('goes by POST when a socket opens but nothing is answered, and sends nothing twice once it was confirmed', async () => {
    nester.onFrame = () => undefined;
    const link = start();
    await expect.poll(() => link.isReady(), PATIENT).toBe(true);
    dispatch.deliver(await keepReport(outbox, 1));
    await expect.poll(() => outbox.waiting()).toBe(0);
    nester.upgradeStatus = 502;

    await clock.advance(20_500);
    dispatch.deliver(await keepReport(outbox, 2));

    await emptied();
    expect(numbersKept()).toEqual([2, 1]);
    expect(said.join()).toContain('no answer for 20 s');
  });

  it('posts a fresh report at once, while ten thousand wait and a batch of them is not answered', async () => {
    nester.upgradeStatus = 502;
    await keepBacklog(outbox, 10_000);
    let hung = 0;
    nester.onRequest = ({ url }) => url === '/api/reports' && ++hung === 1;
    start();
    await expect.poll(() => said.join().includes('no connection'), PATIENT).toBe(true);
    dispatch.deliver(await keepReport(outbox, 77_777));
    await expect.poll(() => hung, PATIENT).toBe(1);

    for (const number of [88_888, 99_999]) {
      dispatch.deliver(await keepReport(outbox, number));
      await expect.poll(() => numbersKept().at(-1), PATIENT).toBe(number);
    }

    expect(hung).toBe(1);
    expect(outbox.count()).toBe(10_000);
  });

  it('sends nothing of the backlog by a socket that opens while a batch is being posted', async () => {
    nester.upgradeStatus = 502;
    await keepBacklog(outbox, 1_200);
    let answerBatch = (): void => undefined;
    nester.onRequest = ({ url, body }, response) => {
      if (url !== '/api/reports') return false;
      nester.onRequest = () => false;
      answerBatch = () => {
        nester.kept.push(...body.trim().split('\n'));
        response.end(`{"accepted":${body.trim().split('\n').length},"duplicates":0,"rejected":[]}`);
      };
      return true;
    };
    const link = start();
    await expect.poll(() => said.join().includes('no connection'), PATIENT).toBe(true);
    dispatch.deliver(await keepReport(outbox, 9_998));
    await expect.poll(() => nester.requests.length, PATIENT).toBe(2);
    nester.upgradeStatus = 101;
    await until(() => link.isReady());

    dispatch.deliver(await keepReport(outbox, 9_999));
    await expect.poll(() => numbersKept(), PATIENT).toEqual([9_998, 9_999]);
    answerBatch();

    await emptied();
    expect(numbersKept()).toEqual([9_998, 9_999, ...countTo(1_200)]);
  });

  it('tries the socket again later, and uses it when it passes', async () => {
    nester.upgradeStatus = 502;
    start();
    await expect.poll(() => said.join().includes('no connection'), PATIENT).toBe(true);
    nester.upgradeStatus = 101;

    await until(() => nester.agents.size === 1);
    await until(() => said.join().includes('again'));
    dispatch.deliver(await keepReport(outbox, 1));

    await emptied();
    expect(nester.requests).toEqual([]);
  });

  it('keeps everything while there is nobody, and delivers all of it afterwards', async () => {
    const { port } = new URL(nester.base);
    await nester.close();
    start();
    for (const number of countTo(30)) dispatch.deliver(await keepReport(outbox, number));
    await expect.poll(() => outbox.waiting(), PATIENT).toBe(30);
    nester = await startFakeNester(Number(port));

    await until(() => outbox.count() === 0);

    expect([...new Set(numbersKept())].sort((a, b) => a - b)).toEqual(countTo(30));
  });
});

describe('delivery to several Nesters', () => {
  it('turns to the second when the first is away, and back when it returns', async () => {
    const { port } = new URL(nester.base);
    await nester.close();
    start(`http://127.0.0.1:${port}/`, other.base);
    await until(() => other.agents.size === 1);

    nester = await startFakeNester(Number(port));
    await until(() => nester.agents.size === 1, 1_000);
    await until(() => said.some((line) => line.includes(`connected to ${nester.base}`)));
    dispatch.deliver(await keepReport(outbox, 1));

    await emptied();
    expect(numbersKept()).toEqual([1]);
  });
});

describe('delivery that is told to stop', () => {
  it('waits for what is on the way, then closes', async () => {
    let acknowledge = (): void => undefined;
    nester.onFrame = ({ id }, socket) => (acknowledge = () => socket.send(JSON.stringify({ type: 'ack', id, duplicate: false })));
    const link = start();
    await expect.poll(() => link.isReady(), PATIENT).toBe(true);
    dispatch.deliver(await keepReport(outbox, 1));
    await expect.poll(() => nester.agents.size, PATIENT).toBe(1);

    const stopping = dispatch.stop(2_000);
    await expect.poll(() => (acknowledge(), outbox.count()), PATIENT).toBe(0);
    await stopping;

    await expect.poll(() => nester.agents.size, PATIENT).toBe(0);
  });

  it('waits no longer than it may, and keeps what was not answered', async () => {
    nester.onFrame = () => undefined;
    const link = start();
    await expect.poll(() => link.isReady(), PATIENT).toBe(true);
    dispatch.deliver(await keepReport(outbox, 1));

    const stopping = dispatch.stop(2_000);
    await clock.advance(2_000);
    await stopping;

    expect(outbox.count()).toBe(1);
  });
});
