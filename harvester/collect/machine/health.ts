import { type Counters, isComparable, NO_RATES, type Rates, ratesBetween } from './counters.ts';
import type { MachineReading, MachineSource } from './machine-source.ts';

/** The machine's health over one round. */
export type HealthView = MachineReading & { rates: Rates };

/** Reads the machine; what it returns is called at the end of the round. Neither rejects. */
export type BeginHealth = () => Promise<() => Promise<HealthView>>;

/** Where the counters of the last round are kept. Neither call rejects: it is only a cache. */
export interface CounterStore {
  load(): Promise<Counters | undefined>;
  save(counters: Counters): Promise<void>;
}

/** For a process that stays, and so remembers. */
export const NOTHING_KEPT: CounterStore = { load: () => Promise.resolve(undefined), save: () => Promise.resolve() };

/** What a first round needs to last, for its rates to be worth telling. */
const SAMPLE_SECONDS = 1;

/**
 * Levels are read when the round begins. Rates are those since the last round; the first round
 * has none to compare with, and takes what happened while it pinged, if that was a second or
 * more. No round is made longer for it.
 */
export function createHealth(source: MachineSource, store: CounterStore): BeginHealth {
  let last: Counters | undefined;
  let loaded = false;

  return async function begin() {
    if (!loaded) last = await store.load();
    loaded = true;
    const reading = await source.read();
    const before = last;

    return async function end() {
      const { counters } = reading;
      if (counters === undefined) return { ...reading, rates: NO_RATES };
      let newest = counters;
      let rates = NO_RATES;
      if (before !== undefined && isComparable(before, counters)) {
        rates = ratesBetween(before, counters);
      } else {
        const later = await source.counters();
        if (later !== undefined && isComparable(counters, later) && later.uptimeSeconds - counters.uptimeSeconds >= SAMPLE_SECONDS) {
          rates = ratesBetween(counters, later);
          newest = later;
        }
      }
      last = newest;
      await store.save(newest);
      return { ...reading, rates };
    };
  };
}
