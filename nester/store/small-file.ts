import type { FilePort } from './file-port.ts';

/** It is no file, or too large to be what it should be. */
export class NotSmallFileError extends Error {}

/**
 * All of a small file; `undefined` when there is none. Rejects with what the file system says,
 * and with {@link NotSmallFileError} for what is no file or larger than `mostBytes`.
 */
export async function readSmallFile(files: FilePort, file: string, mostBytes: number): Promise<string | undefined> {
  if ((await files.stat(file)) === undefined) return undefined;
  const handle = await files.open(file, 'read');
  try {
    const { size, kind } = await handle.stat();
    if (kind !== 'file') throw new NotSmallFileError(`${file} is no file`);
    if (size > mostBytes) throw new NotSmallFileError(`${file} is larger than ${mostBytes} bytes`);
    const bytes = Buffer.alloc(size);
    let done = 0;
    while (done < size) {
      const came = await handle.read(bytes, done, size - done, done);
      if (came === 0) break;
      done += came;
    }
    return bytes.toString('utf8', 0, done);
  } finally {
    await handle.close();
  }
}
