import { constants } from 'node:fs';
import { mkdir, open, readdir, rename, rm, utimes } from 'node:fs/promises';
import type { FilePort } from './file-port.ts';

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);

/** The real file system. */
export function createNodeFiles(platform: string): FilePort {
  return {
    async open(path) {
      // A link could lead writes to another file; a state folder of ours has none.
      const noFollow = platform === 'win32' ? 0 : constants.O_NOFOLLOW;
      const file = await open(path, constants.O_RDWR | constants.O_CREAT | noFollow, 0o600);
      return {
        size: async () => (await file.stat()).size,
        read: async (into, position) => (await file.read(into, 0, into.length, position)).bytesRead,
        write: async (bytes, position) => (await file.write(bytes, 0, bytes.length, position)).bytesWritten,
        datasync: () => file.datasync(),
        truncate: (size) => file.truncate(size),
        close: () => file.close(),
      };
    },
    async create(path, text) {
      try {
        const file = await open(path, 'wx', 0o600);
        try {
          await file.writeFile(text);
        } catch (error) {
          await rm(path, { force: true });
          throw error;
        } finally {
          await file.close();
        }
        return true;
      } catch (error) {
        if (codeOf(error) === 'EEXIST') return false;
        throw error;
      }
    },
    async readSmall(path) {
      try {
        const file = await open(path, 'r');
        try {
          const { mtimeMs } = await file.stat();
          const { bytesRead, buffer } = await file.read(Buffer.alloc(4096), 0, 4096, 0);
          return { text: buffer.toString('utf8', 0, bytesRead), modifiedMs: mtimeMs };
        } finally {
          await file.close();
        }
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return undefined;
        throw error;
      }
    },
    touch: (path) => utimes(path, new Date(), new Date()),
    rename: (from, to) => rename(from, to),
    remove: (path) => rm(path, { force: true }),
    list: (folder) => readdir(folder),
    async makeFolder(folder) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
    },
    async syncFolder(folder) {
      // Windows opens no folder, and writes its entries through.
      if (platform === 'win32') return;
      const handle = await open(folder, 'r');
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    },
  };
}
