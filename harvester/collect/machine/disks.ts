import type { Clock } from '../../clock.ts';
import type { Mount } from './mounts.ts';
import { percentOf } from './numbers.ts';
import type { Space, SystemFiles } from './system-files.ts';

/** How full a file system is. */
export interface Disk {
  folder: string;
  /** As `df` counts: what is used, of that and what others than root may still use. */
  usedPercent: number;
}

export interface DisksDeps {
  /** The real file systems there are now. Does not reject. */
  mounts: () => Promise<readonly Pick<Mount, 'folder'>[]>;
  files: Pick<SystemFiles, 'space'>;
  clock: Clock;
}

/** A disk that does not answer by then is not known this time. */
const DEADLINE_MS = 1_000;
/** Machines with hundreds of data sets exist; a report has room for 64 values. */
const MOST_DISKS = 32;

/**
 * How full each real file system is. A dying disk may keep a question for minutes, and with it
 * a thread: it is asked nothing more until it has answered.
 */
export function createDisks({ mounts, files, clock }: DisksDeps) {
  const unanswered = new Set<string>();

  function ask(folder: string): Promise<Space | undefined> {
    if (unanswered.has(folder)) return Promise.resolve(undefined);
    unanswered.add(folder);
    return new Promise((resolve) => {
      const cancel = clock.after(DEADLINE_MS, () => resolve(undefined));
      void files.space(folder).then((space) => {
        cancel();
        unanswered.delete(folder);
        resolve(space);
      });
    });
  }

  return async function readDisks(): Promise<Disk[]> {
    const disks = await Promise.all(
      (await mounts()).slice(0, MOST_DISKS).map(async ({ folder }): Promise<Disk[]> => {
        const space = await ask(folder);
        if (space === undefined) return [];
        const used = space.blocks - space.free;
        const usedPercent = percentOf(used, used + space.available);
        return usedPercent === undefined ? [] : [{ folder, usedPercent }];
      }),
    );
    return disks.flat();
  };
}
