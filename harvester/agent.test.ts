import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runAgent } from './agent.ts';
import { NO_LAN } from './collect/lan/lan.ts';
import { createResolver } from './collect/resolver.ts';
import { type FakeNester, startFakeNester } from './deliver/fake-nester.ts';
import { createMemoryOutbox } from './deliver/memory-outbox.ts';
import type { Harvester } from './harvester.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import type { Outbox } from './outbox/outbox.ts';
import { createPauseFile } from './pause/pause-file.ts';

const INTERVAL_MS = 10_000;
const PATIENT = { timeout: 20_000 };
let nester: FakeNester;
let clock: ManualClock;
let outbox: Outbox;
let rounds: number;
let broken: boolean;
let said: string[];
let stop: AbortController;
let ended: Promise<number>;

/** The whole agent but for its probes, which answer at once, its disk and its clock. */
function begin(): void {
  const say = (message: string): void => void said.push(message);
  const lookup = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
  const harvester: Harvester = {
    config: {
      nesters: [{ base: nester.base, host: '127.0.0.1', port: 5000 }],
      key: undefined,
      ca: undefined,
      node: 'a',
      intervalSeconds: INTERVAL_MS / 1000,
      learnsInterval: false,
      target: '127.0.0.1',
      targets: [],
      pings: 1,
      scan: 'off',
      scanIntervalMs: 300_000,
      scanPorts: [],
      privacy: 'off',
      labels: {},
      stateDir: '/nowhere',
      customDir: undefined,
      keep: 10_000,
      selfUpdate: false,
    logLevel: 'info',
    },
    sender: { node: 'a', version: '1', mode: 'agent', os: 'os', hostname: 'host' },
    resolver: createResolver({ lookup, clock }),
    lan: NO_LAN,
    measure() {
      rounds++;
      if (broken) return Promise.reject(new Error('no such thing'));
      const content = { ip: null, devices: null, latency: rounds, loss: 0, jitter: 0, interval: INTERVAL_MS / 1000, metrics: { cpu: Math.random() } };
      return Promise.resolve({ measuredAtMs: clock.now(), bootMs: undefined, pause: undefined, content });
    },
    outbox,
    pause: createPauseFile('/nowhere', '1'),
    log: { debug: () => undefined, info: say, warn: say, error: say },
    clock,
  };
  ended = runAgent(harvester, stop.signal, () => 0.5);
}

/** Lets one interval pass, and what was measured in it arrive. */
async function passInterval(): Promise<void> {
  await clock.advance(INTERVAL_MS);
  while (outbox.count() > 0) await new Promise((resolve) => setImmediate(resolve));
}

beforeEach(async () => {
  [nester, clock, outbox, stop] = [await startFakeNester(), createManualClock(), createMemoryOutbox(), new AbortController()];
  [rounds, broken, said] = [0, false, []];
});
afterEach(async () => {
  stop.abort();
  await clock.advance(5_000);
  expect(await ended).toBe(0);
  await nester.close();
});

describe('an agent', () => {
  it('holds no more memory after ten thousand rounds than after some, nor more timers', { timeout: 240_000 }, async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const heapBytes = (): number => {
      collect();
      return process.memoryUsage().heapUsed;
    };
    let taken = 0;
    // The server of the test must not remember either.
    nester.onFrame = ({ id }, socket) => {
      taken++;
      socket.send(`{"type":"ack","id":${id},"duplicate":false}`);
    };
    begin();
    await expect.poll(() => nester.agents.size, PATIENT).toBe(1);
    await expect.poll(() => outbox.count(), PATIENT).toBe(0);

    for (let round = 0; round < 1_000; round++) await passInterval();
    const [early, timers] = [heapBytes(), clock.pending()];
    for (let round = 0; round < 9_000; round++) await passInterval();
    const late = heapBytes();

    expect(rounds).toBe(10_001);
    // The first may have been posted before the socket was there.
    expect(taken + nester.kept.length).toBe(10_001);
    expect(clock.pending()).toBeLessThanOrEqual(timers + 1);
    // Nine thousand reports of 200 bytes, had they stayed, would be more.
    expect(late - early, `${early} bytes, then ${late}`).toBeLessThan(500_000);
    expect(said.filter((message) => !message.startsWith('reporting as'))).toEqual([]);
  });

  it('goes on measuring, and says so once, while a round fails', async () => {
    begin();
    await expect.poll(() => nester.kept.length, PATIENT).toBe(1);
    broken = true;
    await clock.advance(INTERVAL_MS);
    broken = false;

    await passInterval();

    expect(said.filter((message) => message.includes('a round failed: no such thing'))).toHaveLength(1);
    expect(nester.kept).toHaveLength(2);
  });

  it('measures at most once a second, however often a Nester asks for it', async () => {
    begin();
    await expect.poll(() => nester.agents.size, PATIENT).toBe(1);
    await passInterval();
    const before = rounds;

    for (let tenth = 0; tenth < 50; tenth++) {
      for (const agent of nester.agents) for (let ask = 0; ask < 20; ask++) agent.send('{"type":"measure"}');
      await clock.advance(100);
    }

    // Five seconds hold six beginnings a second apart, and a beat of the grid may come between.
    expect(rounds - before).toBeGreaterThan(2);
    expect(rounds - before).toBeLessThanOrEqual(7);
  });
});
