import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reasonOf, type TroubleLog } from '../../log.ts';
import type { SaltStore } from './disguise.ts';

export interface SaltFileDeps {
  folder: string;
  /** Tells apart those who write at once. */
  unique: string;
  /** `show` makes none: it leaves no trace, and its hashes are then of this run alone. */
  mayCreate: boolean;
  troubles: TroubleLog;
}

const BYTES = 32;
const NAME = 'salt';

/**
 * The site's salt, made once and kept as `salt` in the state folder, readable by its owner only.
 * It appears as a whole or not at all, and what is there is never replaced: hashes would change.
 */
export function createSaltFile({ folder, unique, mayCreate, troubles }: SaltFileDeps): SaltStore {
  const path = join(folder, NAME);
  let salt: Buffer | undefined;

  async function read(): Promise<Buffer | undefined> {
    const text = await readFile(path, 'latin1').catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (text === undefined) return undefined;
    if (!/^[0-9a-f]{64}\n$/.test(text)) throw new Error(`${path} holds no salt of ${BYTES} bytes; remove it to begin with a new one`);
    return Buffer.from(text.trim(), 'hex');
  }

  async function randomSalt(): Promise<Buffer> {
    const { randomBytes } = await import('node:crypto');
    return randomBytes(BYTES);
  }

  async function create(): Promise<Buffer | undefined> {
    const fresh = `${path}.${unique}`;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    try {
      await writeFile(fresh, `${(await randomSalt()).toString('hex')}\n`, { mode: 0o600, flush: true });
      // Unlike a rename, a link does not replace what another run has made meanwhile.
      await link(fresh, path).catch((error: unknown) => {
        if (codeOf(error) !== 'EEXIST') throw error;
      });
    } finally {
      await rm(fresh, { force: true });
    }
    return read();
  }

  return {
    async load() {
      try {
        salt ??= (await read()) ?? (mayCreate ? await create() : await randomSalt());
        troubles.settled('salt', 'hardware addresses and names are reported again, hashed');
      } catch (error) {
        troubles.trouble('salt', `hardware addresses and names of hosts are left out, since the salt for their hashes cannot be kept: ${reasonOf(error)}`);
      }
      return salt;
    },
  };
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
