import { type Clock, delay } from '../../clock.ts';
import { type Counters, isComparable, isTooSoon, NO_RATES, type Rates, ratesBetween } from './counters.ts';
import type { MachineReading, MachineSource } from './machine-source.ts';

/** The machine's health over one round. */
export type HealthView = MachineReading & { rates: Rates };

/** Reads the machine; what it returns is called at the end of the round. Neither rejects. */
export type BeginHealth = (signal?: AbortSignal) => Promise<() => Promise<HealthView>>;

/** Where the counters of the last round are kept. Neither call rejects: it is only a cache. */
export interface CounterStore {
  load(): Promise<Counters | undefined>;
  save(counters: Counters): Promise<void>;
}

/** For a process that stays, and so remembers. */
export const NOTHING_KEPT: CounterStore = { load: () => Promise.resolve(undefined), save: () => Promise.resolve() };

/** What a first round needs to last, for its rates to be worth telling. */
const SAMPLE_SECONDS = 1;
/** The kernel counts in hundredths. */
const SAMPLE_MS = SAMPLE_SECONDS * 1000 + 20;

/**
 * Levels are read when the round begins. Rates are those since the last round; the first round
 * has none to compare with, and takes what happened while it pinged, if that was a second or
 * more. With a `clock`, such a round is made that long: for runs that do not stay, of which the
 * first, and the first after a restart, would else have no rates.
 */
export function createHealth(source: MachineSource, store: CounterStore, clock?: Clock): BeginHealth {
  let last: Counters | undefined;
  let loaded = false;

  return async function begin(signal) {
    if (!loaded) last = await store.load();
    loaded = true;
    const beganMs = clock?.monotonic() ?? 0;
    const reading = await source.read();
    const before = last;

    async function sampleFrom(counters: Counters): Promise<Counters | undefined> {
      if (clock !== undefined) await delay(clock, Math.max(0, beganMs + SAMPLE_MS - clock.monotonic()), signal);
      const later = await source.counters();
      const isLong = later !== undefined && isComparable(counters, later) && later.uptimeSeconds - counters.uptimeSeconds >= SAMPLE_SECONDS;
      return isLong ? later : undefined;
    }

    return async function end() {
      const { counters } = reading;
      if (counters === undefined) return { ...reading, rates: NO_RATES };
      // Kept for the next run: one that follows at once has no rates, but takes none from the others.
      if (before !== undefined && isTooSoon(before, counters)) return { ...reading, rates: NO_RATES };
      let newest = counters;
      let rates = NO_RATES;
      if (before !== undefined && isComparable(before, counters)) {
        rates = ratesBetween(before, counters);
      } else {
        const later = await sampleFrom(counters);
        if (later !== undefined) {
          rates = ratesBetween(counters, later);
          newest = later;
        }
      }
      last = newest;
      // The report does not wait for it.
      void store.save(newest);
      return { ...reading, rates };
    };
  };
}
