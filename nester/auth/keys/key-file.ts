import path from 'node:path';
import { createDurableReplacement, removeLeftovers } from '../../store/durable-replace.ts';
import type { FileFacts, FilePort } from '../../store/file-port.ts';
import { NotSmallFileError, readSmallFile } from '../../store/small-file.ts';
import { errorCode } from '../../store/log-error.ts';
import { decodeKeyList, encodeKeyList } from './key-list.ts';
import type { SiteKey } from './site-key.ts';

/** keys.json cannot be used: it is not what it should be, or cannot be read or written. */
export class KeysUnusableError extends Error {
  readonly code = 'NESTER_KEYS_UNUSABLE';
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'KeysUnusableError';
  }
}

/**
 * keys.json, in the data folder: mode 0600, replaced as a whole, safe from a power cut. Several
 * programs may change it at the same time (a running Nester, `nester keys`): each change is made
 * to what is there, under a lock. Errors are {@link KeysUnusableError}.
 */
export interface KeyFile {
  readonly path: string;
  /** `undefined`: there is no such file; no key was ever made here. */
  read(): Promise<SiteKey[] | undefined>;
  /** Tells whether it is another file than before; `undefined`: there is none. */
  facts(): Promise<Pick<FileFacts, 'inode' | 'size' | 'modifiedMs'> | undefined>;
  /** `edit` gets what is there and returns what shall be, or `undefined`: nothing is to be changed. Resolves to whether it was. */
  change(edit: (keys: readonly SiteKey[]) => readonly SiteKey[] | undefined): Promise<boolean>;
}

export interface KeyFileDeps {
  files: FilePort;
  /** The data folder. Made with the first key. */
  folder: string;
  /** Epoch ms. */
  now: () => number;
  pause: (ms: number) => Promise<void>;
}

const NAME = 'keys.json';
/** Ten thousand sites take 3 MB. */
const LIMIT_BYTES = 16 * 1024 * 1024;
/** A change takes milliseconds: a lock so old was left by a program that was killed. */
const STALE_MS = 10_000;
const LOOK_AGAIN_MS = 25;
const PATIENCE_MS = 15_000;

export function createKeyFile({ files, folder, now, pause }: KeyFileDeps): KeyFile {
  const file = path.join(folder, NAME);
  const lock = path.join(folder, `${NAME}.lock`);

  async function read(): Promise<SiteKey[] | undefined> {
    const content = await readSmallFile(files, file, LIMIT_BYTES).catch((error: unknown) => {
      throw unusable(`${file} cannot be read`, error);
    });
    if (content === undefined) return undefined;
    const decoded = decodeKeyList(content);
    if (decoded.ok) return decoded.value;
    const reasons = decoded.errors.map(({ path: at, message }) => (at === '' ? message : `${at}: ${message}`));
    throw new KeysUnusableError(`${file}: ${reasons.join('; ')}`);
  }

  async function locked<T>(task: () => Promise<T>): Promise<T> {
    await takeLock();
    try {
      return await task();
    } finally {
      await files.unlink(lock).catch(() => undefined);
    }
  }

  async function takeLock(): Promise<void> {
    const startedMs = now();
    for (;;) {
      try {
        await (await files.open(lock, 'exclusive')).close();
        return;
      } catch (error) {
        if (errorCode(error) !== 'EEXIST') throw error;
      }
      const facts = await files.stat(lock);
      if (facts !== undefined && now() - facts.modifiedMs > STALE_MS) await files.unlink(lock).catch(() => undefined);
      else if (now() - startedMs > PATIENCE_MS) throw new KeysUnusableError(`${file} is being changed by another program, which does not come to an end`);
      else await pause(LOOK_AGAIN_MS);
    }
  }

  return {
    path: file,
    read,
    async facts() {
      const facts = await files.stat(file);
      return facts && { inode: facts.inode, size: facts.size, modifiedMs: facts.modifiedMs };
    },
    async change(edit) {
      try {
        await files.makeFolder(folder);
        return await locked(async () => {
          const keys = edit((await read()) ?? []);
          if (keys === undefined) return false;
          await removeLeftovers(files, folder, (name) => name === NAME);
          const replacement = createDurableReplacement(files, file);
          await replacement.write(Buffer.from(encodeKeyList(keys)));
          await replacement.commit();
          return true;
        });
      } catch (error) {
        throw unusable(`${file} cannot be changed`, error);
      }
    },
  };
}

/** What a file system says, as an error of ours; all others as they are. */
function unusable(what: string, error: unknown): unknown {
  if (error instanceof NotSmallFileError) return new KeysUnusableError(error.message, { cause: error });
  const code = errorCode(error);
  if (code === undefined || code.startsWith('NESTER_') || !(error instanceof Error)) return error;
  return new KeysUnusableError(`${what}: ${error.message}`, { cause: error });
}
