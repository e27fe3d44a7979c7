import { describe, expect, it } from 'vitest';
import { createLock, type LockDeps } from './lock.ts';
import { createMemoryFiles } from './memory-files.ts';
import type { Holder } from './holder.ts';

/** A small machine: processes with births, a folder, a clock. */
function machine() {
  let nowMs = 1_000_000;
  const processes = new Map<number, string>();
  const files = createMemoryFiles(() => nowMs);
  return {
    files,
    wait: (ms: number) => (nowMs += ms),
    begin: (pid: number, birth: string, mode: Holder['mode'] = 'once') => {
      processes.set(pid, birth);
      const self: Holder = { pid, birth, mode, silentMs: 600_000 };
      const deps: LockDeps = {
        files,
        folder: '/state',
        self,
        isRunning: (other) => processes.has(other),
        birthOf: (other) => processes.get(other) ?? '',
        now: () => nowMs,
      };
      return createLock(deps);
    },
    end: (pid: number) => processes.delete(pid),
  };
}

describe('lock', () => {
  it('is held by one, and says by whom', async () => {
    const { begin } = machine();
    const first = begin(11, 'a', 'agent');
    const second = begin(12, 'b');

    expect(await first.acquire()).toBeUndefined();

    expect(await second.acquire()).toEqual({ heldBy: { pid: 11, birth: 'a', mode: 'agent', silentMs: 600_000 } });
  });

  it('passes on when released, again and again, leaving one file', async () => {
    const { begin, files } = machine();
    for (let pid = 1; pid <= 20; pid++) {
      const lock = begin(pid, `birth ${pid}`);
      expect(await lock.acquire()).toBeUndefined();
      await lock.release();
    }

    expect(await files.list('/state')).toEqual(['lock.20']);
  });

  it('is taken over from a killed process, also when its number is used again', async () => {
    const { begin, end } = machine();
    await begin(11, 'a').acquire();
    end(11);
    begin(11, 'another process');

    expect(await begin(12, 'b').acquire()).toBeUndefined();
  });

  it('is not taken from a process that is only slow', async () => {
    const { begin, wait } = machine();
    await begin(11, 'a').acquire();
    wait(10 * 86_400_000);

    expect(await begin(12, 'b').acquire()).toMatchObject({ heldBy: { pid: 11 } });
  });

  it('is taken over without births once its holder gave no sign of life for long', async () => {
    const { begin, wait } = machine();
    const first = begin(11, '');
    await first.acquire();
    const second = begin(12, '');

    wait(500_000);
    await first.refresh();
    wait(500_000);
    expect(await second.acquire()).toMatchObject({ heldBy: { pid: 11 } });

    wait(200_000);
    expect(await second.acquire()).toBeUndefined();
  });

  it('is taken over from a process that died while making it, after a moment', async () => {
    const { begin, files, wait } = machine();
    files.write('/state/lock.7', Buffer.alloc(0));
    const lock = begin(12, 'b');

    expect(await lock.acquire()).toEqual({ heldBy: undefined });
    wait(6_000);
    expect(await lock.acquire()).toBeUndefined();
  });

  it('goes to exactly one of many that find the same dead holder, whatever the order of their steps', async () => {
    for (let seed = 1; seed <= 300; seed++) {
      const { begin, end, files } = machine();
      await begin(11, 'dead').acquire();
      end(11);
      Object.assign(files, delayed(files, seed));
      const locks = [21, 22, 23, 24].map((pid) => begin(pid, `birth ${pid}`));

      const results = await Promise.all(locks.map((lock) => lock.acquire()));

      expect(results.filter((result) => result === undefined)).toHaveLength(1);
    }
  });

  it('rejects when the folder cannot be written', async () => {
    const { begin, files } = machine();
    files.onCall = (operation) => {
      if (operation === 'create') throw Object.assign(new Error('read-only'), { code: 'EROFS' });
    };

    await expect(begin(11, 'a').acquire()).rejects.toThrow('read-only');
  });
});

/** The same calls, each put off by a number of turns drawn from `seed`. */
function delayed(files: ReturnType<typeof createMemoryFiles>, seed: number) {
  let state = seed;
  const pause = async (): Promise<void> => {
    state = (state * 48_271) % 2_147_483_647;
    for (let turn = state % 7; turn > 0; turn--) await Promise.resolve();
  };
  const at = { ...files };
  return {
    list: async (folder: string) => (await pause(), at.list(folder)),
    create: async (path: string, text: string) => (await pause(), at.create(path, text)),
    readSmall: async (path: string) => (await pause(), at.readSmall(path)),
    remove: async (path: string) => (await pause(), at.remove(path)),
  };
}
