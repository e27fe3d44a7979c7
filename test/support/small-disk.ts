import { execFileSync } from 'node:child_process';
import { openSync, closeSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** A small disk of its own, mounted on a folder, that can be filled to the last byte. */
export interface SmallDisk extends Disposable {
  fill(): void;
  makeRoom(): void;
}

/** Takes the rights of root. */
export function mountSmallDisk(folder: string, megabytes: number): SmallDisk {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=700`, 'tmpfs', folder]);
  const filler = join(folder, 'filler');
  return {
    fill() {
      const file = openSync(filler, 'a');
      try {
        // The last bytes one by one: a disk with room for one more line is not full.
        for (let bytes = 1 << 20; bytes >= 1; ) {
          try {
            writeSync(file, Buffer.alloc(bytes));
          } catch (error) {
            if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
            bytes >>= 1;
          }
        }
      } finally {
        closeSync(file);
      }
    },
    makeRoom: () => rmSync(filler, { force: true }),
    // Lazily: a program that was killed a moment ago may not be gone yet.
    [Symbol.dispose]: () => void execFileSync('umount', ['-l', folder]),
  };
}
