import { describe, expect, it } from 'vitest';
import { createManualClock } from '../../manual-clock.ts';
import { type Counters, decodeCounters } from './counters.ts';
import { createHealth, type CounterStore, NOTHING_KEPT } from './health.ts';
import type { MachineReading, MachineSource } from './machine-source.ts';

const LEVELS: Omit<MachineReading, 'counters'> = { memory: 1, swap: undefined, disks: [], loads: undefined, temperature: undefined, bootMs: undefined };

/** A machine half busy, that receives 1000 and sends 200 bytes each second. */
function countersAt(uptimeSeconds: number, boot = 'a'): Counters {
  return {
    uptimeSeconds,
    boot,
    processor: { busy: uptimeSeconds * 50, total: uptimeSeconds * 100 },
    traffic: { interface: 'eth0', received: uptimeSeconds * 1000, sent: uptimeSeconds * 200 },
  };
}
const RATES = { cpu: 50, rx: 1000, tx: 200 };
const NONE = { cpu: undefined, rx: undefined, tx: undefined };

function sourceOf(queue: (Counters | undefined)[]): MachineSource {
  const next = (): Promise<Counters | undefined> => Promise.resolve(queue.shift());
  return { counters: next, read: async () => ({ ...LEVELS, counters: await next() }) };
}

function storeWith(counters: Counters | undefined): CounterStore & { saved: Counters[] } {
  const saved: Counters[] = [];
  return {
    saved,
    load: () => Promise.resolve(counters),
    save(newest) {
      saved.push(newest);
      return Promise.resolve();
    },
  };
}

async function roundsOf(queue: (Counters | undefined)[], store: CounterStore, rounds = 1) {
  const begin = createHealth(sourceOf(queue), store);
  const views = [];
  for (let round = 0; round < rounds; round++) views.push((await (await begin())()).rates);
  return views;
}

describe('health', () => {
  it('compares with the round before', async () => {
    expect(await roundsOf([100, 100.1, 110, 120].map((at) => countersAt(at)), NOTHING_KEPT, 3)).toEqual([NONE, RATES, RATES]);
  });

  it('takes what happened during a first round of a second or more', async () => {
    expect(await roundsOf([countersAt(100), countersAt(101.8)], NOTHING_KEPT)).toEqual([RATES]);
    expect(await roundsOf([countersAt(100), countersAt(100.9)], NOTHING_KEPT)).toEqual([NONE]);
  });

  it('lasts a second where it runs once and nothing is kept, and no longer', async () => {
    const clock = createManualClock();
    const store = storeWith(undefined);
    const end = await createHealth(sourceOf([countersAt(100), countersAt(101.02)]), store, clock)();
    await clock.advance(400);
    let isOver = false;
    const ended = end().finally(() => (isOver = true));

    await clock.advance(600);
    expect(isOver).toBe(false);
    await clock.advance(20);

    expect((await ended).rates).toEqual(RATES);
    expect(store.saved).toEqual([countersAt(101.02)]);
  });

  it('takes no time where counters are kept, also when they are of this very moment', async () => {
    const clock = createManualClock();
    for (const [before, rates] of [[countersAt(40), RATES], [countersAt(99.9), NONE]] as const) {
      const store = storeWith(before);
      const end = await createHealth(sourceOf([countersAt(100)]), store, clock)();

      expect((await end()).rates).toEqual(rates);
      expect(store.saved).toEqual(rates === NONE ? [] : [countersAt(100)]);
    }
    expect(clock.pending()).toBe(0);
  });

  it('gives up its sample when the run is told to end', async () => {
    const clock = createManualClock();
    const end = await createHealth(sourceOf([countersAt(100), countersAt(100.1)]), storeWith(undefined), clock)(AbortSignal.abort());

    expect((await end()).rates).toEqual(NONE);
  });

  it('compares with the run before, and leaves the newest for the next', async () => {
    const store = storeWith(countersAt(40));

    expect(await roundsOf([countersAt(100)], store)).toEqual([RATES]);
    expect(store.saved).toEqual([countersAt(100)]);
  });

  it.each([
    ['of another start', countersAt(40, 'b')],
    ['of later', countersAt(200)],
    ['of days ago', countersAt(100 - 90_000)],
    ['of this very moment', countersAt(99.9)],
  ])('does not compare with counters %s', async (_, before) => {
    expect(await roundsOf([countersAt(100), countersAt(100.1)], storeWith(before))).toEqual([NONE]);
  });

  it('has no rate of a count that went back, nor between two interfaces', async () => {
    const later = countersAt(110);
    const reset = { ...later, traffic: { interface: 'eth0', received: 5, sent: later.traffic?.sent ?? NaN } };
    const other = { ...later, processor: { busy: 0, total: 0 }, traffic: { interface: 'ppp0', received: 1e9, sent: 1e9 } };

    expect(await roundsOf([reset], storeWith(countersAt(100)))).toEqual([{ cpu: 50, rx: undefined, tx: 200 }]);
    expect(await roundsOf([other], storeWith(countersAt(100)))).toEqual([NONE]);
  });

  it('tells the levels also where nothing is counted', async () => {
    const view = await (await createHealth(sourceOf([undefined]), NOTHING_KEPT)())();

    expect(view).toEqual({ ...LEVELS, counters: undefined, rates: NONE });
  });

  it('reads what it wrote, and nothing else', () => {
    const partial = { uptimeSeconds: 1, boot: '', processor: undefined, traffic: undefined };

    for (const counters of [countersAt(7), partial]) expect(decodeCounters(JSON.stringify(counters))).toEqual(counters);
    for (const text of ['', '{"uptimeSeconds":', 'null', '[]', '{"uptimeSeconds":-1,"boot":""}', '{"uptimeSeconds":1}']) {
      expect(decodeCounters(text)).toBeUndefined();
    }
    expect(decodeCounters('{"uptimeSeconds":1,"boot":"","processor":{"busy":"1"},"traffic":7}')).toEqual(partial);
  });
});
