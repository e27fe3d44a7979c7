import { createHistory, type History } from '../../nester/history/history.ts';
import { createArrayFile } from '../../nester/store/disk-array-file.ts';
import type { JsonStoreOptions } from '../../nester/store/json-store.ts';
import type { SimulatedDisk } from './simulated-disk.ts';
import { createStoreRig, type StoreRig } from './store-rig.ts';

export const HISTORY_FILE = '/data/history.json';

/** A store on a simulated disk with the history that goes along with it. */
export interface HistoryRig extends StoreRig {
  history: History;
  /** Opens both, and waits until all that was kept is known. */
  open(): Promise<void>;
  close(): Promise<void>;
  /** Lines of history.json that are not void, parsed. */
  lines(): { node: string; day: string; through: number; reports: unknown; hours?: Record<string, number[][]>; whole?: Record<string, number[]> }[];
}

export function createHistoryRig(disk: SimulatedDisk, options: Partial<JsonStoreOptions> = {}, clock?: { now: number }): HistoryRig {
  const rig = createStoreRig(disk, options, clock);
  const say = (level: string, message: string): void => void rig.said.push(`${level}: ${message}`);
  const history = createHistory({
    store: rig.store,
    file: createArrayFile({ files: disk.files, path: HISTORY_FILE, now: () => rig.clock.now, say }),
    now: () => rig.clock.now,
    monotonicMs: () => 0,
    say,
    every: () => () => undefined,
  });
  rig.store.accompany(history.companion);
  return {
    ...rig,
    history,
    async open() {
      await rig.store.open();
      history.start();
      await history.filled();
    },
    async close() {
      await history.close();
      await rig.store.close();
    },
    lines() {
      const all = JSON.parse(disk.text(HISTORY_FILE) ?? '[]') as ReturnType<HistoryRig['lines']>;
      const last = new Map<string, (typeof all)[number]>();
      for (const line of all) if ('node' in line) last.set(`${line.node}\n${line.day}`, line);
      return [...last.values()];
    },
  };
}
