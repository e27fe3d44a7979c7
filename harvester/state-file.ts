import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A text that one run leaves for the next, and that may be lost. Neither call rejects. */
export interface StateFile {
  load(): Promise<string | undefined>;
  save(text: string): Promise<void>;
}

/**
 * A file in the state folder. Replaced as a whole, so that a reader never sees half of it; not
 * synced, since what it holds can be found out again. `unique` tells apart those who write at once.
 */
export function createStateFile(folder: string, name: string, unique: string): StateFile {
  const path = join(folder, name);
  const fresh = `${path}.${unique}`;
  return {
    load: () => readFile(path, 'utf8').catch(() => undefined),
    async save(text) {
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await writeFile(fresh, text, { mode: 0o600 });
        await rename(fresh, path);
      } catch {
        // The next run does without.
      }
    },
  };
}
