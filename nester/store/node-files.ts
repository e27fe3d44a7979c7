import fs from 'node:fs';
import path from 'node:path';
import type { FileFacts, FileHandle, FilePort } from './file-port.ts';
import { errorCode } from './log-error.ts';

/**
 * The real file system. Syncing, and reading and writing at length, are done by other threads,
 * with a plain file descriptor, which costs half of what the promise API's handles do.
 *
 * What the page cache answers at once (facts of a file, a few bytes, a write of some kilobytes)
 * is done in place: handing it to a thread and back costs ten times the call itself, and five of
 * them are on the way of every batch of reports.
 */
export function createNodeFiles(): FilePort {
  return { open, stat, rename, link, unlink, list, makeFolder, syncFolder };
}

const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL } = fs.constants;
/**
 * No symlink in the last part, and no waiting for the other end of a pipe that someone put in
 * our place. Windows knows neither flag.
 */
const CAREFUL = optional('O_NOFOLLOW') | optional('O_NONBLOCK');

const FLAGS = {
  create: O_RDWR | O_CREAT | CAREFUL,
  exclusive: O_RDWR | O_CREAT | O_EXCL | CAREFUL,
  read: O_RDONLY | CAREFUL,
  update: O_RDWR | CAREFUL,
};

/** @types/node says these are always there; on Windows they are not. */
function optional(name: 'O_NOFOLLOW' | 'O_NONBLOCK'): number {
  const flags: Partial<Record<string, number>> = fs.constants;
  return flags[name] ?? 0;
}

function open(file: string, mode: keyof typeof FLAGS): Promise<FileHandle> {
  return new Promise((resolve, reject) => {
    fs.open(file, FLAGS[mode], 0o600, (error, fd) => {
      if (error) reject(error);
      else resolve(createHandle(fd));
    });
  });
}

/** A read of more may have to wait for the disk. */
const READ_AT_ONCE_BYTES = 64;
/** A write of more may have to wait for memory. */
const WRITE_AT_ONCE_BYTES = 256 * 1024;

function createHandle(fd: number): FileHandle {
  return {
    read(into, offset, length, position) {
      if (length <= READ_AT_ONCE_BYTES) return atOnce(() => fs.readSync(fd, into, offset, length, position));
      return new Promise((resolve, reject) => {
        fs.read(fd, into, offset, length, position, (error, came) => (error ? reject(error) : resolve(came)));
      });
    },
    write(bytes, position) {
      if (bytes.length <= WRITE_AT_ONCE_BYTES) return atOnce(() => fs.writeSync(fd, bytes, 0, bytes.length, position));
      return new Promise((resolve, reject) => {
        fs.write(fd, bytes, 0, bytes.length, position, (error, taken) => (error ? reject(error) : resolve(taken)));
      });
    },
    datasync: () => settled((done) => fs.fdatasync(fd, done)),
    truncate: (size) => settled((done) => fs.ftruncate(fd, size, done)),
    stat: () => atOnce(() => factsOf(fs.fstatSync(fd))),
    close: () => settled((done) => fs.close(fd, done)),
  };
}

function settled(call: (done: (error: Error | null | undefined) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => call((error) => (error ? reject(error) : resolve())));
}

/** A throw becomes a rejection, as from a call that another thread makes. */
function atOnce<T>(call: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(call());
  });
}

function stat(file: string): Promise<FileFacts | undefined> {
  return atOnce(() => {
    try {
      const stats = fs.lstatSync(file, { throwIfNoEntry: false });
      return stats && factsOf(stats);
    } catch (error) {
      if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined;
      throw error;
    }
  });
}

function factsOf(stats: fs.Stats): FileFacts {
  return {
    kind: stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : stats.isSymbolicLink() ? 'link' : 'other',
    size: stats.size,
    inode: stats.ino,
    modifiedMs: stats.mtimeMs,
    readMs: stats.atimeMs,
    createdMs: stats.birthtimeMs,
  };
}

function rename(from: string, to: string): Promise<void> {
  return fs.promises.rename(from, to);
}

function link(file: string, name: string): Promise<void> {
  return fs.promises.link(file, name);
}

function unlink(file: string): Promise<void> {
  return fs.promises.unlink(file);
}

async function list(folder: string): Promise<string[]> {
  try {
    return await fs.promises.readdir(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** What was made is synced up to the first folder that was there already. */
async function makeFolder(folder: string): Promise<void> {
  const first = await fs.promises.mkdir(folder, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  const top = path.dirname(path.resolve(first));
  for (let at = path.dirname(path.resolve(folder)); ; at = path.dirname(at)) {
    await syncFolder(at);
    if (at === top || at === path.dirname(at)) return;
  }
}

/** File systems that have no such call, and Windows, say so with these; there is nothing more to do then. */
const NO_FOLDER_SYNC = new Set(
  path.sep === '\\' ? ['EINVAL', 'ENOTSUP', 'EPERM', 'EACCES', 'EISDIR', 'EBADF'] : ['EINVAL', 'ENOTSUP'],
);

async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await fs.promises.open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!NO_FOLDER_SYNC.has(errorCode(error) ?? '')) throw error;
  }
}
