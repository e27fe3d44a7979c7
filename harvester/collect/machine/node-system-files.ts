import { readdir, readFile, stat, statfs } from 'node:fs/promises';
import type { SystemFiles } from './system-files.ts';

/** The files of the machine it runs on. */
export function createNodeSystemFiles(): SystemFiles {
  return {
    read: (path) => readFile(path, 'latin1').catch(() => undefined),
    list: (folder) => readdir(folder).catch(() => []),
    async space(folder) {
      try {
        // Containers have single files mounted (/etc/hosts), which are of the host's disk.
        if (!(await stat(folder)).isDirectory()) return undefined;
        const { blocks, bfree, bavail } = await statfs(folder);
        return { blocks, free: bfree, available: bavail };
      } catch {
        return undefined;
      }
    },
  };
}
