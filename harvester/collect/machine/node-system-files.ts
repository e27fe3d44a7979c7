import { readFileSync } from 'node:fs';
import { readdir, readFile, stat, statfs } from 'node:fs/promises';
import type { SystemFiles } from './system-files.ts';

/** The files of the machine it runs on. */
export function createNodeSystemFiles(): SystemFiles {
  return {
    // The kernel writes /proc on the spot: to wait for a thread costs more than to read. Sensors
    // and disks may take their time.
    read: (path) => (path.startsWith('/proc/') ? Promise.resolve(readNow(path)) : readFile(path, 'latin1').catch(() => undefined)),
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

function readNow(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
