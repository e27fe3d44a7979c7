import { createJsonStore, type JsonStoreOptions } from '../../nester/store/json-store.ts';
import type { Kept, ReportStore, StoreChange } from '../../nester/store/report-store.ts';
import type { SimulatedDisk } from './simulated-disk.ts';

/** Where the stores of these tests live. */
export const FOLDER = '/data';
export const DATA_FILE = '/data/data.json';

/** A store on a simulated disk, under a clock that goes on when somebody waits for it. */
export interface StoreRig {
  store: ReportStore;
  clock: { now: number };
  /** What was said to the operator, `level: message`. */
  said: string[];
  changes: StoreChange[];
  /** Runs what the store does every so often: looks at data.json, syncs it, retires. */
  tick(): Promise<void>;
  /** Appends `{node, latency}`, times given by the clock. */
  send(node: string, latency?: number): Promise<Kept>;
  /** data.json parsed; throws when it is not valid. */
  dataFile(): unknown[];
  /** The same, but empty where there is no data.json. */
  dataFileOrEmpty(): unknown[];
  /** Everything `select` answers, parsed. */
  all(): Promise<{ node: string; timestamp: string; latency?: number }[]>;
  /** Waits for a condition, turn by turn of the event loop, with an end. */
  until(what: string, condition: () => boolean | Promise<boolean>): Promise<void>;
}

export function createStoreRig(disk: SimulatedDisk, options: Partial<JsonStoreOptions> = {}, clock = { now: 1_795_334_400_000 }): StoreRig {
  const said: string[] = [];
  const changes: StoreChange[] = [];
  const tasks = new Set<() => void>();
  const store = createJsonStore({
    folder: FOLDER,
    files: disk.files,
    retentionMs: 7 * 86_400_000,
    maxReports: 2_000_000,
    now: () => clock.now,
    pid: 1,
    say: (level, message) => said.push(`${level}: ${message}`),
    pause: async (ms) => {
      await turn();
      clock.now += ms;
    },
    every: (_ms, task) => {
      tasks.add(task);
      return () => tasks.delete(task);
    },
    // Little, so that it runs out often.
    reserveBytes: 1_000,
    lock: () => Promise.resolve({ release: () => Promise.resolve() }),
    watch: () => ({ close: () => Promise.resolve() }),
    ...options,
  });
  store.follow((change) => changes.push(change));

  const rig: StoreRig = {
    store,
    clock,
    said,
    changes,
    async tick() {
      for (const task of tasks) task();
      for (let turns = 0; turns < 20; turns++) await turn();
    },
    send: (node, latency = 1) => store.append({ node, latency }, (clock.now += 1_000)),
    dataFile: () => JSON.parse(disk.text(DATA_FILE) ?? '') as unknown[],
    dataFileOrEmpty: () => (disk.text(DATA_FILE) === undefined ? [] : rig.dataFile()),
    async all() {
      const reports: { node: string; timestamp: string; latency?: number }[] = [];
      for await (const batch of store.select({}).batches()) {
        for (const json of batch) reports.push(JSON.parse(Buffer.from(json).toString()));
      }
      return reports;
    },
    async until(what, condition) {
      for (let turns = 0; turns < 20_000; turns++) {
        if (await condition()) return;
        await turn();
      }
      throw new Error(`never came true: ${what}; said: ${said.join(' | ')}`);
    },
  };
  return rig;
}

/** Lets everything that is ready to run, run. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
