import { createStateFile } from '../../state-file.ts';
import { decodeCounters } from './counters.ts';
import type { CounterStore } from './health.ts';

/** The counters of the last run as `counters.json` in the state folder. */
export function createCounterFile(folder: string, unique: string): CounterStore {
  const file = createStateFile(folder, 'counters.json', unique);
  return {
    async load() {
      const text = await file.load();
      return text === undefined ? undefined : decodeCounters(text);
    },
    save: (counters) => file.save(JSON.stringify(counters)),
  };
}
