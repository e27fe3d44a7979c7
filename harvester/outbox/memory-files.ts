import type { FileHandle, FilePort } from './file-port.ts';

/**
 * A file system for tests, in memory. It knows what was synced and what was not, so that the
 * power can fail; any call can be made to fail, and writes to be cut short.
 */
export interface MemoryFiles extends FilePort {
  /** From now on: called before each operation, and may throw. */
  onCall: (operation: string, path: string) => void;
  /** Bytes that the disk still takes; beyond, `ENOSPC`. */
  freeBytes: number;
  /** Everything that was not synced is lost, but for the given share of what was appended. */
  powerCut(kept?: number): void;
  content(path: string): Buffer;
  write(path: string, bytes: Buffer): void;
}

interface Inode {
  data: Buffer;
  synced: Buffer;
  modifiedMs: number;
}

export function errorOf(code: string): Error {
  return Object.assign(new Error(`${code}: simulated`), { code });
}

export function createMemoryFiles(now: () => number = () => 0): MemoryFiles {
  let names = new Map<string, Inode>();
  let syncedNames = new Map<string, Inode>();

  function inodeOf(path: string): Inode {
    const inode = names.get(path);
    if (inode === undefined) throw errorOf('ENOENT');
    return inode;
  }

  async function call(operation: string, path: string): Promise<void> {
    await Promise.resolve();
    port.onCall(operation, path);
  }

  function handleOf(path: string, inode: Inode): FileHandle {
    let closed = false;
    const check = async (operation: string): Promise<void> => {
      if (closed) throw errorOf('EBADF');
      await call(operation, path);
    };
    return {
      async size() {
        await check('size');
        return inode.data.length;
      },
      async read(into, position) {
        await check('read');
        return inode.data.copy(into, 0, position, position + into.length);
      },
      async write(bytes, position) {
        await check('write');
        const grows = Math.max(0, position + bytes.length - inode.data.length);
        const taken = Math.min(bytes.length, bytes.length - grows + port.freeBytes);
        if (taken <= 0) throw errorOf('ENOSPC');
        port.freeBytes -= Math.max(0, position + taken - inode.data.length);
        const data = Buffer.alloc(Math.max(inode.data.length, position + taken));
        inode.data.copy(data);
        data.set(bytes.subarray(0, taken), position);
        inode.data = data;
        inode.modifiedMs = now();
        return taken;
      },
      async datasync() {
        await check('datasync');
        inode.synced = inode.data;
      },
      async truncate(size) {
        await check('truncate');
        port.freeBytes += Math.max(0, inode.data.length - size);
        inode.data = inode.data.subarray(0, size);
      },
      close() {
        closed = true;
        return Promise.resolve();
      },
    };
  }

  const port: MemoryFiles = {
    onCall: () => undefined,
    freeBytes: Infinity,
    async open(path) {
      await call('open', path);
      const inode = names.get(path) ?? { data: Buffer.alloc(0), synced: Buffer.alloc(0), modifiedMs: now() };
      names.set(path, inode);
      return handleOf(path, inode);
    },
    async create(path, text) {
      await call('create', path);
      if (names.has(path)) return false;
      names.set(path, { data: Buffer.from(text), synced: Buffer.alloc(0), modifiedMs: now() });
      return true;
    },
    async readSmall(path) {
      await call('readSmall', path);
      const inode = names.get(path);
      return inode === undefined ? undefined : { text: inode.data.toString(), modifiedMs: inode.modifiedMs };
    },
    async touch(path) {
      await call('touch', path);
      inodeOf(path).modifiedMs = now();
    },
    async rename(from, to) {
      await call('rename', from);
      names.set(to, inodeOf(from));
      names.delete(from);
    },
    async remove(path) {
      await call('remove', path);
      names.delete(path);
    },
    async list(folder) {
      await call('list', folder);
      return [...names.keys()].filter((path) => path.startsWith(`${folder}/`)).map((path) => path.slice(folder.length + 1));
    },
    async makeFolder(folder) {
      await call('makeFolder', folder);
    },
    async syncFolder(folder) {
      await call('syncFolder', folder);
      syncedNames = new Map(names);
    },
    powerCut(kept = 0) {
      names = new Map(syncedNames);
      for (const inode of names.values()) {
        const appended = inode.data.subarray(inode.synced.length);
        const part = appended.subarray(0, Math.floor(appended.length * kept));
        inode.data = Buffer.concat([inode.synced, part]);
        inode.synced = inode.data;
      }
    },
    content: (path) => inodeOf(path).data,
    write(path, bytes) {
      names.set(path, { data: bytes, synced: bytes, modifiedMs: now() });
    },
  };
  return port;
}
