import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { type FileFacts, type FileHandle, type FilePort, writeFully } from './file-port.ts';

/**
 * A new content for a file, all or nothing: readers and crashes see the old content or the
 * new one, never a part.
 *
 * Order: write a temporary file in the same folder, sync it, rename it over the target, sync
 * the folder. The temporary file is created exclusively under a name nobody can guess, so that
 * nothing laid in its place is ever written through.
 */
export interface DurableReplacement {
  /** Appends to the new content. */
  write(bytes: Uint8Array): Promise<void>;
  /** Bytes written so far. */
  size(): number;
  /** Syncs what was written so far, so that `place` has little left to sync. */
  sync(): Promise<void>;
  /**
   * Syncs the new content and renames it over the target: from here on, whoever opens the path
   * gets it. Resolves to the facts of the new file. It survives a power cut only after the
   * folder was synced, which is the caller's to do; most want `commit`.
   */
  place(): Promise<FileFacts>;
  /** `place`, then syncs the folder. */
  commit(): Promise<FileFacts>;
  /** Removes what was written; never rejects. Also called by itself when a step fails. */
  abandon(): Promise<void>;
}

/**
 * What is written is synced so often: the log's own syncs wait for what the disk has been given
 * before them, and all of a large file at the end would be a tenth of a second or more.
 */
const SYNC_BYTES = 4 * 1024 * 1024;

/** Nothing is touched before the first `write` or `place`. */
export function createDurableReplacement(files: FilePort, target: string): DurableReplacement {
  const folder = path.dirname(target);
  const temporary = path.join(folder, temporaryName(path.basename(target)));
  let handle: FileHandle | undefined;
  let created = false;
  let written = 0;
  let synced = 0;

  async function opened(): Promise<FileHandle> {
    handle ??= await files.open(temporary, 'exclusive');
    created = true;
    return handle;
  }

  async function closed(): Promise<void> {
    const file = handle;
    handle = undefined;
    await file?.close();
  }

  async function abandon(): Promise<void> {
    await closed().catch(() => undefined);
    // What cannot be removed now is removed at the next start.
    if (created) await files.unlink(temporary).catch(() => undefined);
    created = false;
  }

  async function orAbandon<T>(step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (error) {
      await abandon();
      throw error;
    }
  }

  async function sync(): Promise<void> {
    synced = written;
    await (await opened()).datasync();
  }

  function place(): Promise<FileFacts> {
    return orAbandon(async () => {
      const file = await opened();
      await file.datasync();
      const facts = await file.stat();
      await closed();
      await files.rename(temporary, target);
      created = false;
      return facts;
    });
  }

  return {
    write: (bytes) =>
      orAbandon(async () => {
        await writeFully(await opened(), bytes, written);
        written += bytes.length;
        if (written - synced >= SYNC_BYTES) await sync();
      }),
    size: () => written,
    sync: () => orAbandon(sync),
    place,
    async commit() {
      const facts = await place();
      await files.syncFolder(folder);
      return facts;
    },
    abandon,
  };
}

/**
 * Removes the temporary files that a crash left in `folder`, of replacements whose target's
 * name `isTarget`. For when nothing is being replaced: at start.
 */
export async function removeLeftovers(
  files: FilePort,
  folder: string,
  isTarget: (name: string) => boolean,
): Promise<void> {
  for (const entry of await files.list(folder)) {
    const target = TEMPORARY.exec(entry)?.[1];
    if (target !== undefined && isTarget(target)) await files.unlink(path.join(folder, entry));
  }
}

const RANDOM_BYTES = 12;
const TEMPORARY = /^\.(.+)\.[0-9a-f]{24}\.tmp$/;

function temporaryName(name: string): string {
  return `.${name}.${randomBytes(RANDOM_BYTES).toString('hex')}.tmp`;
}
