import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { errorCode } from './log-error.ts';

/**
 * One Nester per data folder. The lock is a socket in the folder, `nester.lock`: the kernel
 * lets go of it however its holder ends, it holds across containers that share the folder, and
 * its holder can be asked who it is. (On Windows: a named pipe, named after the folder.)
 */
export interface FolderLock {
  release(): Promise<void>;
}

/** Another Nester uses the folder. */
export class FolderInUseError extends Error {
  readonly code = 'NESTER_FOLDER_IN_USE';
  constructor(folder: string, holder: string) {
    super(`${folder} is in use by another Nester (${holder}); stop that one, or choose another NESTER_DATA_DIR`);
    this.name = 'FolderInUseError';
  }
}

const LOCK_NAME = 'nester.lock';
/** A holder that is alive answers at once; one that is stuck still holds the lock. */
const ANSWER_MS = 2_000;
/** `sun_path` has room for 107 bytes and the end (unix(7)); macOS has 103. */
const SOCKET_PATH_BYTES = 100;
const TRIES = 5;

/** `pid` is told to whoever finds the folder in use. Rejects with {@link FolderInUseError}. */
export async function lockFolder(folder: string, pid: number): Promise<FolderLock> {
  const place = socketPlace(folder);
  for (let tries = 1; ; tries++) {
    const server = await listen(place.path, pid);
    if (server) {
      return {
        async release() {
          await new Promise<void>((resolve) => {
            server.close(() => resolve());
          });
          place.close();
        },
      };
    }
    const holder = await askHolder(place.path);
    if (holder !== undefined || tries === TRIES) {
      place.close();
      throw new FolderInUseError(folder, holder ?? 'process unknown');
    }
    await removeStale(place.path);
  }
}

/** A path short enough for a socket. A long one goes through the folder's descriptor (Linux). */
function socketPlace(folder: string): { path: string; close: () => void } {
  const direct = path.join(folder, LOCK_NAME);
  if (path.sep === '\\') {
    const name = createHash('sha256').update(fs.realpathSync.native(folder).toLowerCase()).digest('hex');
    return { path: `\\\\.\\pipe\\nester-${name.slice(0, 32)}`, close: () => undefined };
  }
  if (Buffer.byteLength(direct) <= SOCKET_PATH_BYTES) return { path: direct, close: () => undefined };
  const fd = fs.openSync(folder, fs.constants.O_RDONLY);
  return { path: `/proc/self/fd/${fd}/${LOCK_NAME}`, close: () => fs.closeSync(fd) };
}

/** Resolves to `undefined` when the name is taken. */
function listen(at: string, pid: number): Promise<net.Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = net.createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end(`process ${pid}`);
    });
    server.once('error', (error) => {
      if (errorCode(error) === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(at, () => {
      server.unref();
      resolve(server);
    });
  });
}

/** What the holder says of itself; `undefined`: there is none any more. */
function askHolder(at: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = net.connect(at);
    let words = '';
    socket.setTimeout(ANSWER_MS, () => {
      resolve('process unknown, not answering');
      socket.destroy();
    });
    socket.on('data', (chunk) => {
      words = `${words}${chunk.toString('utf8')}`.slice(0, 100);
    });
    socket.on('end', () => resolve(words));
    socket.on('error', (error) => {
      const gone = ['ECONNREFUSED', 'ENOENT'].includes(errorCode(error) ?? '');
      resolve(gone ? undefined : 'process unknown');
    });
  });
}

/**
 * Removes what a killed Nester left. Moved aside first and asked once more: between our
 * question and now, somebody else may have removed it and locked the folder.
 */
async function removeStale(at: string): Promise<void> {
  const aside = `${at}.${randomBytes(4).toString('hex')}`;
  try {
    await fs.promises.rename(at, aside);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  if ((await askHolder(aside)) === undefined) await fs.promises.unlink(aside);
  else await fs.promises.rename(aside, at);
}
