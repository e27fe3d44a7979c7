import path from 'node:path';
import type { FilePort } from './file-port.ts';
import { type FolderLock, lockFolder } from './folder-lock.ts';

/**
 * Starts really empty: moves log, data.json and what is kept beside them aside, so that the next Nester finds nothing.
 * What they held is not destroyed; the paths it resolves to may be deleted by hand.
 *
 * Rejects with `NESTER_FOLDER_IN_USE` while a Nester runs there.
 */
export async function resetDataFolder(
  folder: string,
  { files, now, pid, lock = lockFolder }: { files: FilePort; now: () => number; pid: number; lock?: (folder: string, pid: number) => Promise<FolderLock> },
): Promise<string[]> {
  if (!(await files.stat(folder))) return [];
  const held = await lock(folder, pid);
  try {
    const moved: string[] = [];
    const suffix = `.before-reset-${new Date(now()).toISOString().replaceAll(':', '-')}`;
    // The log first: data.json alone is still everything, the log alone would bring data.json back.
    for (const name of ['log', 'data.json', 'history.json', 'status.log', 'inventory.log']) {
      const from = path.join(folder, name);
      if (!(await files.stat(from))) continue;
      await files.rename(from, from + suffix);
      moved.push(from + suffix);
    }
    await files.syncFolder(folder);
    return moved;
  } finally {
    await held.release();
  }
}
