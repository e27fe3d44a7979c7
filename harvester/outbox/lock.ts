import { join } from 'node:path';
import type { FilePort } from './file-port.ts';
import { decodeHolder, type Holder } from './holder.ts';

export interface LockDeps {
  files: FilePort;
  folder: string;
  self: Holder;
  isRunning: (pid: number) => boolean;
  birthOf: (pid: number) => string;
  now: () => number;
}

export interface Lock {
  /** `undefined` once it is held; else who holds it. Rejects when the folder cannot be used. */
  acquire(): Promise<{ heldBy: Holder | undefined } | undefined>;
  /** A sign of life, for systems that cannot tell one process from a later one of its number. */
  refresh(): Promise<void>;
  release(): Promise<void>;
}

const PREFIX = 'lock.';
const RELEASED = 'released';
/** A lock without content was made a moment ago, or by a process that died in that moment. */
const MAKING_MS = 5_000;

/**
 * One Harvester at a time per state folder, without ever taking a lock away from the living.
 *
 * A lock is a file `lock.<n>`; whoever made the one with the highest number holds it. The next
 * number may be made only when that one's maker is seen dead or has released it, and only one
 * process can make it. Since a file in use is never removed or written over by others, two runs
 * that find the same dead holder at the same moment cannot both succeed, whatever the timing:
 * one makes the next number, the other finds it made, or a higher one beside its own.
 */
export function createLock({ files, folder, self, isRunning, birthOf, now }: LockDeps): Lock {
  let held: string | undefined;

  async function numbers(): Promise<number[]> {
    const names = await files.list(folder);
    return names
      .filter((name) => /^lock\.\d{1,15}$/.test(name))
      .map((name) => Number(name.slice(PREFIX.length)))
      .sort((a, b) => b - a);
  }

  async function liveHolder(number: number): Promise<{ heldBy: Holder | undefined } | undefined> {
    const found = await files.readSmall(join(folder, `${PREFIX}${number}`));
    if (found === undefined || found.text === RELEASED) return undefined;
    const holder = decodeHolder(found.text);
    const silentMs = Math.abs(now() - found.modifiedMs);
    if (holder === undefined) return silentMs < MAKING_MS ? { heldBy: undefined } : undefined;
    // Its own, left behind when the folder could not be written for a while.
    if (holder.pid === self.pid && holder.birth === self.birth) return undefined;
    if (!isRunning(holder.pid)) return undefined;
    const birth = birthOf(holder.pid);
    const alive = birth !== '' && holder.birth !== '' ? birth === holder.birth : silentMs < holder.silentMs;
    return alive ? { heldBy: holder } : undefined;
  }

  return {
    async acquire() {
      for (;;) {
        const [highest = 0] = await numbers();
        const other = highest === 0 ? undefined : await liveHolder(highest);
        if (other !== undefined) return other;
        const path = join(folder, `${PREFIX}${highest + 1}`);
        if (!(await files.create(path, JSON.stringify(self)))) continue;
        const [newest = 0, ...older] = await numbers();
        if (newest > highest + 1) {
          await files.remove(path);
          continue;
        }
        held = path;
        for (const number of older) await files.remove(join(folder, `${PREFIX}${number}`));
        return undefined;
      }
    },
    async refresh() {
      if (held !== undefined) await files.touch(held);
    },
    async release() {
      if (held === undefined) return;
      const path = held;
      held = undefined;
      const file = await files.open(path);
      try {
        await file.truncate(0);
        await file.write(Buffer.from(RELEASED), 0);
      } finally {
        await file.close();
      }
    },
  };
}
