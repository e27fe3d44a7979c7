import { constants } from 'node:fs';
import { access, readdir, stat } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { reasonOf } from '../log.ts';

/** A program of the site that measures something. */
export interface OwnProgram {
  name: string;
  path: string;
}

export interface OwnPrograms {
  programs: OwnProgram[];
  /** What was left out though it looks like a program, and why: by its path. */
  refused: { path: string; why: string }[];
}

/** What Windows can start; it has no mark of being executable. */
const STARTABLE = new Set(['.exe', '.com', '.cmd', '.bat']);
const ANYONE_MAY_WRITE = 0o002;

/**
 * The executable files in a folder, in the order of their names. Hidden files and copies that
 * editors leave (`x~`) are none. What everybody on the machine may write is not run: it
 * would let any user act as this one. Never rejects.
 */
export async function listOwnPrograms(given: string, platform: string, mustExist: boolean): Promise<OwnPrograms> {
  // Absolute, so that no name is ever looked for in PATH.
  const folder = resolve(given);
  const found: OwnPrograms = { programs: [], refused: [] };
  const isOpen = (mode: number): boolean => platform !== 'win32' && (mode & ANYONE_MAY_WRITE) !== 0;
  let names: string[];
  try {
    if (isOpen((await stat(folder)).mode)) {
      found.refused.push({ path: folder, why: 'everybody may write there; nothing in it is run' });
      return found;
    }
    names = await readdir(folder);
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
    if (mustExist || !isMissing) found.refused.push({ path: folder, why: `it cannot be read: ${reasonOf(error)}` });
    return found;
  }
  for (const name of names.filter((name) => !name.startsWith('.') && !name.endsWith('~')).sort()) {
    const path = join(folder, name);
    try {
      const about = await stat(path);
      if (!about.isFile()) continue;
      if (platform === 'win32' ? !STARTABLE.has(extname(name).toLowerCase()) : (about.mode & 0o111) === 0) continue;
      await access(path, constants.X_OK);
      if (isOpen(about.mode)) found.refused.push({ path, why: 'everybody may write it; it is not run' });
      else found.programs.push({ name, path });
    } catch {
      // It is gone again, or another user's.
    }
  }
  return found;
}
