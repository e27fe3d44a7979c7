import type { ServerResponse } from 'node:http';
import type { LookupFunction } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../clock.ts';
import { createTroubleLog } from '../log.ts';
import { createManualClock } from '../manual-clock.ts';
import type { Outbox, Sendable } from '../outbox/outbox.ts';
import { type Courier, createCourier } from './courier.ts';
import { createExchange } from './exchange.ts';
import { type FakeNester, startFakeNester } from './fake-nester.ts';
import { createMemoryOutbox, numberOf } from './memory-outbox.ts';
import { createNesters } from './nesters.ts';
import { createPost } from './post.ts';
import { createTimeMender } from './time-mender.ts';
import { aWayOut } from './way-out.ts';

const AHEAD_MS = 2 * 3_600_000;
const ALLOWED_MS = 600_000;
const ERRORS = [{ path: 'timestamp', message: 'expected at most 10 minutes in the future' }];
const lookup: LookupFunction = (_host, _options, callback) => callback(null, '127.0.0.1', 4);

let nester: FakeNester;
let outbox: Outbox;
let said: string[];

beforeEach(async () => {
  nester = await startFakeNester();
  [outbox, said] = [createMemoryOutbox(), []];
});
afterEach(() => nester.close());

interface Sent {
  node: string;
  timestamp: string;
}
const timeOf = (json: string): number => Date.parse((JSON.parse(json) as Sent).timestamp);
const isAhead = (json: string): boolean => timeOf(json) > Date.now() + ALLOWED_MS;

/** Refuses times as a Nester does; `tellsTime`: whether its answers have a `Date`. */
function refuseTheFuture({ tellsTime = true, always = false } = {}): void {
  const answer = (response: ServerResponse, status: number, value: unknown): void => {
    response.sendDate = tellsTime;
    response.writeHead(status, { 'content-type': 'application/problem+json' }).end(JSON.stringify(value));
  };
  nester.onRequest = ({ url, body }, response) => {
    if (url === '/api/report') {
      if (!always && !isAhead(body)) return false;
      answer(response, 400, { errors: ERRORS });
    } else {
      const lines = body.trim().split('\n');
      const rejected = lines.flatMap((line, index) => (isAhead(line) ? [{ index, errors: ERRORS }] : []));
      nester.kept.push(...lines.filter((line) => !isAhead(line)));
      answer(response, 200, { accepted: lines.length - rejected.length, duplicates: 0, rejected });
    }
    return true;
  };
}

/** A report that a machine measured whose clock is ahead. */
function keepAhead(number: number, aheadMs = AHEAD_MS): Promise<Sendable> {
  return outbox.keep(Date.now() + aheadMs + number, ({ timestampMs }) =>
    JSON.stringify({ node: 'a', timestamp: new Date(timestampMs).toISOString(), latency: number }),
  );
}

function aCourier(clock: Clock): Courier {
  const say = (message: string): void => void said.push(message);
  const log = { debug: say, info: say, warn: say, error: say };
  const { exchange } = createExchange({ clock: systemClock, lookup, keepAlive: false });
  const post = createPost({ exchange, node: 'a', key: undefined, now: Date.now, version: '1' });
  const mender = createTimeMender({ outbox, clock, troubles: createTroubleLog(log) });
  return createCourier({ outbox, post, nesters: createNesters([nester.base], clock), mender, clock, log });
}

const ahead: Clock = { ...systemClock, now: () => Date.now() + AHEAD_MS };

describe('a report from a machine whose clock is ahead', () => {
  it('is delivered under the Nester\'s time, and the reason is said once', async () => {
    refuseTheFuture();
    const courier = aCourier(ahead);
    const before = Date.now();

    for (const number of [1, 2]) expect(await courier.deliver(await keepAhead(number))).toEqual({ kind: 'delivered' });

    expect(nester.kept.map(numberOf)).toEqual([1, 2]);
    // Its clock is told in whole seconds.
    for (const json of nester.kept) expect(Math.abs(timeOf(json) - before)).toBeLessThan(60_000);
    expect(outbox.count()).toBe(0);
    expect(said.filter((line) => line.includes('clock'))).toHaveLength(1);
  });

  it('is delivered from the backlog too, all of it, in order and each under a time of its own', async () => {
    refuseTheFuture();
    for (let number = 1; number <= 40; number++) outbox.putBack([(await keepAhead(number * 1_000)).parcel]);

    await aCourier(ahead).deliverBacklog(() => true);

    const kept = nester.kept.map((json) => ({ number: numberOf(json), time: timeOf(json) }));
    expect(kept.map(({ number }) => number)).toEqual(Array.from({ length: 40 }, (_, at) => (at + 1) * 1_000));
    for (const [at, { time }] of kept.entries()) expect(time).toBeGreaterThan(kept[at - 1]?.time ?? 0);
    expect(outbox.count()).toBe(0);
  });

  it('gets the time of its delivery when the clock was set right meanwhile', async () => {
    refuseTheFuture();

    await aCourier(systemClock).deliver(await keepAhead(1));

    expect(timeOf(nester.kept[0] ?? '')).toBeLessThanOrEqual(Date.now());
    expect(outbox.count()).toBe(0);
  });

  it('is given up, and that said, when the Nester does not tell its time', async () => {
    refuseTheFuture({ tellsTime: false });

    expect(await aCourier(ahead).deliver(await keepAhead(1))).toMatchObject({ kind: 'rejected' });

    expect(said.join()).toContain('is given up');
    expect(outbox.count()).toBe(0);
  });

  it('is not mended over and over for a Nester that refuses any time', async () => {
    refuseTheFuture({ always: true });

    expect(await aCourier(ahead).deliver(await keepAhead(1))).toMatchObject({ kind: 'rejected' });

    expect(nester.requests).toHaveLength(2);
  });

  it('is delivered under the Nester\'s time by socket, too', async () => {
    const clock = createManualClock(Date.now() + AHEAD_MS);
    nester.onFrame = ({ id, report }, socket) => {
      const json = JSON.stringify(report);
      if (isAhead(json)) {
        socket.send(JSON.stringify({ type: 'reject', id, errors: ERRORS }));
      } else {
        nester.kept.push(json);
        socket.send(JSON.stringify({ type: 'ack', id, duplicate: false }));
      }
    };
    const { dispatch, link } = aWayOut({ bases: [nester.base], outbox, clock, say: (message) => said.push(message) });
    dispatch.start(() => undefined);
    await expect.poll(() => link.isReady(), { timeout: 20_000 }).toBe(true);

    dispatch.deliver(await keepAhead(1));

    await expect.poll(() => outbox.count(), { timeout: 20_000 }).toBe(0);
    expect(nester.kept.map(numberOf)).toEqual([1]);
    expect(isAhead(nester.kept[0] ?? '')).toBe(false);
    const stopping = dispatch.stop(0);
    await clock.advance(1);
    await stopping;
  });
});
