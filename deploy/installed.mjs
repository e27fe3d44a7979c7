import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** @typedef {{ version?: string, integrity?: string, optional?: boolean }} LockedPackage */

/**
 * Whether node_modules holds exactly what package-lock.json asks for. Compares the lock file
 * with the one that npm leaves in node_modules once it has finished, so an installation that
 * was interrupted does not count.
 * @param {string} folder
 */
export async function isInstalled(folder) {
  const [wanted, present] = await Promise.all([
    readPackages(join(folder, 'package-lock.json')),
    readPackages(join(folder, 'node_modules', '.package-lock.json')),
  ]);
  if (wanted === undefined || present === undefined) return false;
  for (const [path, { version, integrity, optional }] of wanted) {
    const found = present.get(path);
    // Optional ones for other systems are rightly absent.
    if (found === undefined ? !optional : found.version !== version || found.integrity !== integrity) return false;
  }
  return [...present.keys()].every((path) => wanted.has(path));
}

/**
 * @param {string} file
 * @returns {Promise<Map<string, LockedPackage> | undefined>}
 */
async function readPackages(file) {
  try {
    const text = await readFile(file, 'utf8');
    const { packages } = /** @type {{ packages: Record<string, LockedPackage> }} */ (JSON.parse(text));
    return new Map(Object.entries(packages).filter(([path]) => path !== ''));
  } catch {
    return undefined;
  }
}
