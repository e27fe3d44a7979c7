import { randomUUID } from 'node:crypto';
import { mkdir, open, rmdir, stat, unlink } from 'node:fs/promises';
import path from 'node:path';

/**
 * Whether Nester could keep its data in a folder: it is there or can be made, and takes a file.
 * Tried, not asked: rights alone do not tell whether a file system is read-only or full.
 * Resolves to what is wrong, or `undefined`. Leaves nothing behind.
 */
export async function checkDataFolder(folder: string): Promise<string | undefined> {
  const made: string[] = [];
  try {
    for (const missing of await missingFolders(folder)) {
      await mkdir(missing, 0o700);
      made.unshift(missing);
    }
    const probe = path.join(folder, `.nester-check-${randomUUID()}`);
    const file = await open(probe, 'wx', 0o600);
    try {
      await file.writeFile('written to see whether it can be');
    } finally {
      await file.close();
      await unlink(probe);
    }
    return undefined;
  } catch (error) {
    return `${folder} cannot be used: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    for (const empty of made) await rmdir(empty);
  }
}

/**
 * The folder and those above it that are not there, topmost first. Not left to `mkdir`'s own
 * `recursive`: where a file system says of a folder it will not make that it does not exist
 * (/proc does), that one never comes back.
 */
async function missingFolders(folder: string): Promise<string[]> {
  const missing: string[] = [];
  for (let at = folder; !(await exists(at)); at = path.dirname(at)) missing.unshift(at);
  return missing;
}

async function exists(at: string): Promise<boolean> {
  try {
    await stat(at);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
