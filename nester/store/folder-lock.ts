import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { errorCode } from './log-error.ts';

/**
 * One Nester per data folder. The lock is a socket in the folder, `nester.lock`: the kernel
 * lets go of it however its holder ends, it holds across containers that share the folder, and
 * its holder can be asked who it is. (On Windows: a named pipe, named after the folder.)
 *
 * A socket's name outlives its holder, and between finding it dead and replacing it somebody
 * else may have done so. So whoever wants the lock first shows itself under a name of its own,
 * `nester.lock.<id>`, and then looks who else is there. Of two, at least one sees the other
 * (as in Lamport's bakery, CACM 17(8), 1974); the greater name gives way, the lesser waits until
 * the greater has given way or taken the lock. The one that is left moves its name over `nester.lock`.
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
/** Who is alive answers at once; a holder that is stuck still holds the lock. */
const ANSWER_MS = 2_000;
/** `sun_path` has room for 107 bytes and the end (unix(7)); macOS has 103. */
const SOCKET_PATH_BYTES = 100;
/** Being taken for dead takes another that starts in the same moment: seldom once, and hardly twice. */
const ATTEMPTS = 10;
const SILENT = 'process unknown, not answering';

/** `pid` is told to whoever finds the folder in use. Rejects with {@link FolderInUseError}. */
export async function lockFolder(folder: string, pid: number): Promise<FolderLock> {
  return path.sep === '\\' ? lockPipe(folder, pid) : lockSocket(folder, pid);
}

async function lockPipe(folder: string, pid: number): Promise<FolderLock> {
  const name = createHash('sha256').update(fs.realpathSync.native(folder).toLowerCase()).digest('hex');
  const pipe = `\\\\.\\pipe\\nester-${name.slice(0, 32)}`;
  const contender = new Contender(pid);
  try {
    await contender.listen(pipe);
  } catch (error) {
    if (errorCode(error) !== 'EADDRINUSE') throw error;
    throw new FolderInUseError(folder, (await ask(pipe, 'who')) ?? 'process unknown');
  }
  contender.settle();
  return { release: () => contender.close() };
}

async function lockSocket(folder: string, pid: number): Promise<FolderLock> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const lock = await contend(folder, pid);
    if (lock) return lock;
  }
  throw new FolderInUseError(folder, 'one that starts, too');
}

/** `undefined`: somebody took us for dead. All others may have given way to us by then, so it is to be tried again. */
async function contend(folder: string, pid: number): Promise<FolderLock | undefined> {
  const place = new SocketPlace(folder);
  const contender = new Contender(pid);
  const name = `${LOCK_NAME}.${randomBytes(6).toString('hex')}`;
  const held = path.join(folder, LOCK_NAME);
  try {
    await contender.listen(place.of(name));
    const other = await findOther(folder, place, name);
    if (other !== undefined) throw new FolderInUseError(folder, other);
    await fs.promises.rename(path.join(folder, name), held);
    const { ino } = await fs.promises.stat(held);
    contender.settle();
    return {
      async release() {
        // Only ours: a person may have removed it, and another Nester be here since.
        if ((await inodeOf(held)) === ino) await fs.promises.unlink(held);
        await contender.close();
        place.close();
      },
    };
  } catch (error) {
    await contender.close();
    place.close();
    // Our name was taken away, by another that starts and saw us between having it and listening.
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Who else has the lock or comes before us, once all who come after us have settled. */
async function findOther(folder: string, place: SocketPlace, own: string): Promise<string | undefined> {
  const names = (await fs.promises.readdir(folder)).filter((name) => /^nester\.lock\.[0-9a-f]+$/.test(name) && name !== own);
  for (const name of names.filter((other) => other < own)) {
    const answer = await ask(place.of(name), 'who');
    if (answer !== undefined) return answer;
    // Such a name is used once: who is gone from it does not come back.
    await fs.promises.rm(path.join(folder, name), { force: true });
  }
  for (const name of names.filter((other) => other > own)) {
    const answer = await ask(place.of(name), 'until settled');
    if (answer === SILENT) return answer;
    await fs.promises.rm(path.join(folder, name), { force: true });
  }
  // Last: whoever settled meanwhile is found here.
  return ask(place.of(LOCK_NAME), 'who');
}

/** One that wants the lock, or has it: a socket that tells its process, and holds the line until it has settled. */
class Contender {
  readonly #server: net.Server;
  readonly #waiting = new Set<net.Socket>();
  #isSettled = false;

  constructor(pid: number) {
    this.#server = net.createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('close', () => this.#waiting.delete(socket));
      socket.write(`process ${pid}`);
      if (this.#isSettled) socket.destroySoon();
      else this.#waiting.add(socket);
    });
  }

  async listen(at: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(at, resolve);
    });
    this.#server.unref();
  }

  settle(): void {
    this.#isSettled = true;
    for (const socket of this.#waiting) socket.destroySoon();
  }

  async close(): Promise<void> {
    this.settle();
    if (!this.#server.listening) return;
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }
}

/** Paths short enough for a socket. In a folder of a long path they go through its descriptor (Linux). */
class SocketPlace {
  readonly #folder: string;
  readonly #fd: number | undefined;

  constructor(folder: string) {
    const longest = path.join(folder, `${LOCK_NAME}.${'0'.repeat(12)}`);
    this.#fd = Buffer.byteLength(longest) <= SOCKET_PATH_BYTES ? undefined : fs.openSync(folder, fs.constants.O_RDONLY);
    this.#folder = this.#fd === undefined ? folder : `/proc/self/fd/${this.#fd}`;
  }

  of(name: string): string {
    return path.join(this.#folder, name);
  }

  close(): void {
    if (this.#fd !== undefined) fs.closeSync(this.#fd);
  }
}

/**
 * What the process behind a name says of itself, at once or when it has settled; `undefined`:
 * there is none any more.
 */
function ask(at: string, until: 'who' | 'until settled'): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = net.connect(at);
    let words = '';
    const done = (answer: string | undefined): void => {
      resolve(answer);
      socket.destroy();
    };
    const timer = setTimeout(() => done(SILENT), ANSWER_MS);
    socket.on('close', () => clearTimeout(timer));
    socket.on('data', (chunk) => {
      words = `${words}${chunk.toString('utf8')}`.slice(0, 100);
      if (until === 'who') done(words);
    });
    socket.on('end', () => done(words));
    socket.on('error', (error) => {
      const isGone = ['ECONNREFUSED', 'ENOENT'].includes(errorCode(error) ?? '');
      // Reset after its words: it has settled by ending.
      done(isGone || words !== '' ? undefined : 'process unknown');
    });
  });
}

async function inodeOf(file: string): Promise<number | undefined> {
  try {
    return (await fs.promises.stat(file)).ino;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
