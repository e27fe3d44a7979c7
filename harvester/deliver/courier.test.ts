import type { LookupFunction } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { createTroubleLog } from '../log.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { type Courier, createCourier } from './courier.ts';
import { createExchange } from './exchange.ts';
import { type FakeNester, type Received, startFakeNester } from './fake-nester.ts';
import { createMemoryOutbox, keepBacklog, keepReport, numberOf } from './memory-outbox.ts';
import { createNesters } from './nesters.ts';
import { createPost } from './post.ts';
import { createTimeMender } from './time-mender.ts';

let nester: FakeNester;
let other: FakeNester;
let outbox: Outbox;
let said: string[];

const lookup: LookupFunction = (_host, _options, callback) => callback(null, '127.0.0.1', 4);

function aCourier(...bases: [string, ...string[]]): Courier {
  const { exchange } = createExchange({ clock: systemClock, lookup, keepAlive: false });
  const post = createPost({ exchange, node: 'a', key: undefined, now: Date.now, version: '1' });
  const say = (message: string): void => void said.push(message);
  const log = { debug: say, info: say, warn: say, error: say };
  const mender = createTimeMender({ outbox, clock: systemClock, troubles: createTroubleLog(log) });
  return createCourier({ outbox, post, nesters: createNesters(bases, systemClock), mender, clock: systemClock, log });
}

beforeEach(async () => {
  [nester, other] = [await startFakeNester(), await startFakeNester()];
  outbox = createMemoryOutbox();
  said = [];
});
afterEach(async () => {
  await nester.close();
  await other.close();
});

const numbersKept = (): number[] => nester.kept.map(numberOf);
const countTo = (last: number): number[] => Array.from({ length: last }, (_, at) => at + 1);
const always = (): boolean => true;

/** Refuses every request as Nester would: with this status and these headers. */
function refuse(fake: FakeNester, status: number, headers: Record<string, string> = {}): void {
  fake.onRequest = (_request, response) => {
    response.writeHead(status, headers).end();
    return true;
  };
}

describe('courier', () => {
  it('takes a report out of the outbox once Nester has it', async () => {
    const verdict = await aCourier(nester.base).deliver(await keepReport(outbox, 1));

    expect(verdict).toEqual({ kind: 'delivered' });
    expect(outbox.count()).toBe(0);
    expect(numbersKept()).toEqual([1]);
  });

  it('leaves it in the outbox while Nester cannot take it', async () => {
    refuse(nester, 500);

    const verdict = await aCourier(nester.base).deliver(await keepReport(outbox, 1));

    expect(verdict.kind).toBe('later');
    expect(outbox.waiting()).toBe(1);
  });

  it('gives up a report that Nester refuses for ever, and says which and why', async () => {
    refuse(nester, 400, { 'content-type': 'application/problem+json' });

    const verdict = await aCourier(nester.base).deliver(await keepReport(outbox, 1));

    expect(verdict.kind).toBe('rejected');
    expect(outbox.count()).toBe(0);
    expect(said[0]).toContain('2026-11-22T08:00:00.001Z');
  });

  it('delivers a backlog oldest first, each report exactly once, in few requests', async () => {
    await keepBacklog(outbox, 1_234);

    const failure = await aCourier(nester.base).deliverBacklog(always);

    expect(failure).toBeUndefined();
    expect(numbersKept()).toEqual(countTo(1_234));
    expect(outbox.count()).toBe(0);
    expect(nester.requests.length).toBeLessThanOrEqual(4);
  });

  it('stops at the first failure and goes on where it stopped', async () => {
    await keepBacklog(outbox, 1_200);
    nester.onRequest = (_request, response) => {
      if (nester.requests.length !== 2) return false;
      response.socket?.destroy();
      return true;
    };
    const courier = aCourier(nester.base);

    expect(await courier.deliverBacklog(always)).toMatchObject({ kind: 'later' });
    expect(outbox.waiting()).toBe(700);
    expect(await courier.deliverBacklog(always)).toBeUndefined();

    expect(numbersKept()).toEqual(countTo(1_200));
  });

  it('gives up only the reports of a batch that were rejected', async () => {
    await keepBacklog(outbox, 10);
    nester.onRequest = ({ body }, response) => {
      nester.kept.push(...body.trim().split('\n').filter((line) => numberOf(line) !== 4));
      response.end('{"accepted":8,"duplicates":1,"rejected":[{"index":3,"errors":[{"path":"loss","message":"bad"}]}]}');
      return true;
    };

    const verdict = await aCourier(nester.base).deliverBacklog(always);

    expect(verdict).toBeUndefined();
    expect(outbox.count()).toBe(0);
    expect(said).toEqual([expect.stringContaining('loss: bad')]);
  });

  it('keeps those of a batch for which the key is not good, and says so', async () => {
    await keepBacklog(outbox, 10);
    nester.onRequest = ({ body }, response) => {
      nester.kept.push(...body.trim().split('\n').filter((line) => numberOf(line) !== 4));
      response.end('{"accepted":9,"duplicates":0,"rejected":[{"index":3,"status":403,"errors":[{"path":"node","message":"not yours"}]}]}');
      return true;
    };

    const verdict = await aCourier(nester.base).deliverBacklog(always);

    expect(verdict).toMatchObject({ kind: 'unauthorised', reason: expect.stringContaining('node: not yours') });
    expect(outbox.waiting()).toBe(1);
    expect(said).toEqual([]);
  });

  it('finds the one report that makes whole batches fail, and loses no other', async () => {
    await keepBacklog(outbox, 100);
    const poisoned = ({ body }: Received): boolean => body.includes('"latency":37');
    nester.onRequest = (request, response) => {
      if (!poisoned(request)) return false;
      response.writeHead(400, { 'content-type': 'application/json' }).end('{}');
      return true;
    };

    const verdict = await aCourier(nester.base).deliverBacklog(always);

    expect(verdict).toMatchObject({ kind: 'rejected' });
    expect(numbersKept()).toEqual(countTo(100).filter((number) => number !== 37));
    expect(outbox.count()).toBe(0);
  });

  it('makes batches smaller for a proxy that allows little', async () => {
    await keepBacklog(outbox, 100);
    nester.onRequest = ({ body }, response) => {
      if (body.length < 1_000) return false;
      response.writeHead(413, { 'content-type': 'text/html' }).end('too large');
      return true;
    };

    expect(await aCourier(nester.base).deliverBacklog(always)).toBeUndefined();

    expect(numbersKept()).toEqual(countTo(100));
  });

  it('turns to the next Nester when one does not answer, and keeps to the one that did', async () => {
    refuse(nester, 502);
    const courier = aCourier(nester.base, other.base);

    for (const number of [1, 2, 3]) expect(await courier.deliver(await keepReport(outbox, number))).toEqual({ kind: 'delivered' });

    expect(other.kept.map(numberOf)).toEqual([1, 2, 3]);
    expect(nester.requests).toHaveLength(1);
  });

  it('asks nothing of a Nester that asked for patience', async () => {
    refuse(nester, 503, { 'retry-after': '30' });
    const courier = aCourier(nester.base);
    await courier.deliver(await keepReport(outbox, 1));

    const verdict = await courier.deliver(await keepReport(outbox, 2));

    expect(nester.requests).toHaveLength(1);
    expect(verdict.kind === 'later' && verdict.afterMs !== undefined && verdict.afterMs > 20_000).toBe(true);
  });

  it('tells of a refused key even where another Nester is merely away', async () => {
    refuse(nester, 401);

    const verdict = await aCourier('http://127.0.0.1:1/', nester.base).deliver(await keepReport(outbox, 1));

    expect(verdict.kind).toBe('unauthorised');
    expect(outbox.waiting()).toBe(1);
  });
});
