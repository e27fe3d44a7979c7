import { type FileHandle, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LIMITS } from '../../protocol/limits.ts';
import { decodeTimestamp, formatTimestamp } from '../../protocol/timestamp.ts';

/** What the people of the site said: until then, silence is no trouble. */
export interface Pause {
  /** Epoch ms. */
  untilMs: number;
  why: string | undefined;
}

/**
 * The pause, as a file in the state folder: written by `harvester pause`, read before each
 * report. Anyone on the machine who may write into the folder may pause the site; nobody else.
 */
export interface PauseFile {
  /** `undefined`: there is none, or none that can be understood. Never rejects. */
  load(): Promise<Pause | undefined>;
  /** It survives a power cut, which may be what it is about. Rejects when it cannot be written. */
  write(pause: Pause): Promise<void>;
  /** Rejects when it cannot be removed; there being none is fine. */
  remove(): Promise<void>;
}

/** `unique` tells apart those who write at once. */
export function createPauseFile(folder: string, unique: string): PauseFile {
  const path = join(folder, 'pause.json');
  const fresh = `${path}.${unique}`;
  return {
    load: async () => decodePause(await readFile(path, 'utf8').catch(() => '')),
    async write({ untilMs, why }) {
      try {
        await synced(await open(fresh, 'w', 0o644), async (file) => {
          // Whatever the umask: the one who pauses is often root, the one who reports is not.
          await file.chmod(0o644);
          await file.writeFile(`${JSON.stringify({ until: formatTimestamp(untilMs), why })}\n`);
        });
        await rename(fresh, path);
      } catch (error) {
        await rm(fresh, { force: true });
        throw error;
      }
      // Where a folder cannot be opened (Windows), its entries are written through.
      await open(folder, 'r').then((file) => synced(file, () => Promise.resolve()), () => undefined);
    },
    remove: () => rm(path, { force: true }),
  };
}

async function synced(file: FileHandle, write: (file: FileHandle) => Promise<void>): Promise<void> {
  try {
    await write(file);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** People may edit it; what a report could not carry is no pause. */
export function decodePause(text: string): Pause | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { until, why } = value as Record<string, unknown>;
  const time = decodeTimestamp(until);
  if (!time.ok) return undefined;
  return { untilMs: time.value, why: typeof why === 'string' ? cleanWhy(why) : undefined };
}

/** A reason as a report may hold it; `undefined` where nothing is left. */
export function cleanWhy(text: string): string | undefined {
  const clean = text.replace(/[\p{Cc}\p{Cs}]/gu, ' ').trim();
  return Array.from(clean).slice(0, LIMITS.pausedWhyCharacters).join('').trim() || undefined;
}
