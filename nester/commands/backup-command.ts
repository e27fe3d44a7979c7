import { randomBytes } from 'node:crypto';
import { constants, type Dirent, type ReadStream, type Stats } from 'node:fs';
import { chmod, copyFile, link, lstat, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import * as tar from 'tar';
import { formatText, newerThanKnown } from '../store/data-format.ts';
import { type FolderLock, lockFolder } from '../store/folder-lock.ts';
import { errorCode } from '../store/log-error.ts';
import { segmentNumber } from '../store/segment.ts';
import type { CommandResult } from './key-commands.ts';

/**
 * `nester backup` and `nester restore`: one file, a compressed tar, with everything of a data
 * folder that cannot be had again. data.json is not in it: Nester writes it anew from the log.
 */

/** Beside the log. Each follows the log, so that a copy made before the log's is of what the log holds, or less. */
const BESIDE = ['format.json', 'keys.json', 'sessions.json', 'history.json', 'status.log', 'inventory.log'] as const;
/** What a data folder holds of its own, and a restored one gets in place of it. */
const OWN = [...BESIDE, 'data.json', 'log'] as const;

/** Retention may take a segment away while the folder is looked through. */
const MOST_TRIES = 10;

interface CommonDeps {
  /** The data folder. */
  folder: string;
  pid: number;
  /** Whether there is a process of this id. */
  isAlive: (pid: number) => boolean;
}

export interface BackupDeps extends CommonDeps {
  version: string;
}

/**
 * Writes a backup of a folder, whether a Nester runs there or not: every report that was
 * acknowledged when it began is in it. The file is there as a whole or not at all, safe from a
 * power cut, and for its owner's eyes only: hashes of keys are in it. Rejects with what the file
 * system said.
 */
export async function runBackupCommand(target: string, { folder, pid, isAlive, version }: BackupDeps): Promise<CommandResult> {
  if (!(await exists(path.join(folder, 'log')))) return { code: 1, complain: `${folder} holds no data of a Nester; --data-dir or NESTER_DATA_DIR says where they are` };
  if (await exists(target)) return { code: 1, complain: `${target} is there already; choose another name` };
  await removeLeftovers(folder, isAlive);
  const snapshot = path.join(folder, `.backup-${pid}-${randomBytes(3).toString('hex')}`);
  const part = `${target}.part-${randomBytes(3).toString('hex')}`;
  try {
    const names = await takeSnapshot(folder, snapshot, version);
    await tar.create({ file: part, mode: 0o600, cwd: snapshot, gzip: true, portable: true, strict: true }, names);
    await sync(part);
    await rename(part, target);
    await syncFolder(path.dirname(target));
  } finally {
    await rm(snapshot, { recursive: true, force: true });
    await rm(part, { force: true });
  }
  return { code: 0, say: `${target}: ${(await stat(target)).size} bytes. nester restore ${target} --data-dir FOLDER brings it back\n` };
}

/** A copy of the folder as it is at a moment, cheap where files can have two names. Resolves to what is in it, in the order in which it is to be read. */
async function takeSnapshot(folder: string, snapshot: string, version: string): Promise<string[]> {
  for (let tries = 1; ; tries++) {
    await rm(snapshot, { recursive: true, force: true });
    await mkdir(path.join(snapshot, 'log'), { recursive: true, mode: 0o700 });
    try {
      const beside: string[] = [];
      for (const name of BESIDE) if (await copyIfThere(path.join(folder, name), path.join(snapshot, name))) beside.push(name);
      if (!beside.includes('format.json')) {
        const file = await open(path.join(snapshot, 'format.json'), 'wx', 0o600);
        await file.writeFile(formatText(version));
        await file.close();
        beside.unshift('format.json');
      }
      const segments = (await readdir(path.join(folder, 'log'))).filter((name) => segmentNumber(name) !== undefined).sort((a, b) => (segmentNumber(a) ?? 0) - (segmentNumber(b) ?? 0));
      for (const [at, name] of segments.entries()) {
        const [from, to] = [path.join(folder, 'log', name), path.join(snapshot, 'log', name)];
        // The last is written to, and the one before may just be cut to its length. All others are only ever replaced or removed.
        if (at >= segments.length - 2) await copyWritten(from, to);
        else await link(from, to).catch((error: unknown) => (errorCode(error) === 'ENOENT' ? Promise.reject(error as Error) : copyFile(from, to, constants.COPYFILE_FICLONE)));
      }
      return [...beside, ...segments.map((name) => `log/${name}`)];
    } catch (error) {
      if (errorCode(error) !== 'ENOENT' || tries === MOST_TRIES) throw error;
    }
  }
}

/**
 * Copies a segment while it is written to. What is read later may hold lines whose forerunners
 * were not there yet when their place was read: those places are zeros, as no line has them.
 */
async function copyWritten(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  const file = await open(to, 'r+');
  try {
    const chunk = Buffer.alloc(256 * 1024);
    for (let position = 0; ; ) {
      const { bytesRead } = await file.read(chunk, 0, chunk.length, position);
      if (bytesRead === 0) return;
      const zero = chunk.subarray(0, bytesRead).indexOf(0);
      if (zero !== -1) {
        await file.truncate(position + zero);
        return;
      }
      position += bytesRead;
    }
  } finally {
    await file.close();
  }
}

async function copyIfThere(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE);
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Those of a backup that was killed. One that still runs is left alone: its process is there. */
async function removeLeftovers(folder: string, isAlive: (pid: number) => boolean): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = /^\.(?:backup|restore)-(\d+)-[\da-f]+$/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) await rm(path.join(folder, name), { recursive: true, force: true });
  }
}

export interface RestoreDeps extends CommonDeps {
  /** Epoch ms. */
  now: () => number;
  /** Called when the backup is open: who may read it need not be who owns the folder. */
  becomeOwner: (folder: string) => void;
  lock?: (folder: string, pid: number) => Promise<FolderLock>;
}

/**
 * Brings a folder back to what a backup holds. What was there is set aside, never destroyed.
 * Nothing is touched before the whole backup was read and found to be one. Rejects with
 * `NESTER_FOLDER_IN_USE` while a Nester runs there, and with what the file system said.
 */
export async function runRestoreCommand(source: string, { folder, pid, isAlive, now, becomeOwner, lock = lockFolder }: RestoreDeps): Promise<CommandResult> {
  const input = (await open(source, 'r')).createReadStream();
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    becomeOwner(folder);
    const held = await lock(folder, pid);
    try {
      await removeLeftovers(folder, isAlive);
      return await restoreInto(folder, { source, input, suffix: `.before-restore-${new Date(now()).toISOString().replaceAll(':', '-')}`, pid });
    } finally {
      await held.release();
    }
  } finally {
    input.destroy();
  }
}

async function restoreInto(folder: string, { source, input, suffix, pid }: { source: string; input: ReadStream; suffix: string; pid: number }): Promise<CommandResult> {
  const fresh = path.join(folder, `.restore-${pid}-${randomBytes(3).toString('hex')}`);
  await mkdir(fresh, { mode: 0o700 });
  try {
    const problem = await unpack(source, input, fresh);
    if (problem !== undefined) return { code: 1, complain: `${problem}. Nothing was changed` };
    const aside: string[] = [];
    for (const name of OWN) {
      const at = path.join(folder, name);
      if (!(await exists(at))) continue;
      await rename(at, at + suffix);
      aside.push(at + suffix);
    }
    // The log last: without it, whatever else is there is nothing that Nester would start from.
    for (const name of OWN) if (await exists(path.join(fresh, name))) await rename(path.join(fresh, name), path.join(folder, name));
    await syncFolder(folder);
    const was = aside.length === 0 ? '' : `What was there may be deleted:\n${aside.map((at) => `  ${at}\n`).join('')}`;
    return { code: 0, say: `${folder} is as ${source} has it; data.json is written anew at the next start.\n${was}` };
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** Resolves to why it is no backup for this Nester, or `undefined`. */
async function unpack(source: string, input: ReadStream, fresh: string): Promise<string | undefined> {
  let stranger: string | undefined;
  const isOurs = (name: string, kind: string): boolean =>
    kind === 'File' && ((BESIDE as readonly string[]).includes(name) || (name.startsWith('log/') && segmentNumber(name.slice('log/'.length)) !== undefined));
  try {
    const output = tar.extract({
      cwd: fresh,
      strict: true,
      filter(name, entry: Stats | tar.ReadEntry) {
        const isWanted = isOurs(name, 'type' in entry ? entry.type : '');
        if (!isWanted) stranger ??= name;
        return isWanted;
      },
    });
    // No stream of Node's own: `pipeline` would not hear of its end. More errors than one may come:
    // after the first the folder is gone, and files that were on their way into it find none.
    await new Promise<void>((resolve, reject) => {
      input.on('error', reject);
      output.on('error', reject);
      output.once('close', resolve);
      input.pipe(output);
    });
  } catch (error) {
    return `${source} is no backup of a Nester, or not all of it: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (stranger !== undefined) return `${source} is no backup of a Nester: it holds ${JSON.stringify(stranger.slice(0, 100))}`;
  const format = await readFile(path.join(fresh, 'format.json'), 'utf8').catch(() => undefined);
  if (format === undefined || !(await exists(path.join(fresh, 'log')))) return `${source} is no backup of a Nester: it holds no ${format === undefined ? 'format.json' : 'log'}`;
  const newer = newerThanKnown(format, source);
  if (newer !== undefined) return newer.replace(/\. Nothing was touched$/, '');
  await seal(fresh);
  return undefined;
}

/** For the owner's eyes only, and safe from a power cut. */
async function seal(fresh: string): Promise<void> {
  const entries: Dirent[] = await readdir(fresh, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const at = path.join(entry.parentPath, entry.name);
    await chmod(at, entry.isDirectory() ? 0o700 : 0o600);
    if (!entry.isDirectory()) await sync(at);
  }
  await syncFolder(path.join(fresh, 'log'));
  await syncFolder(fresh);
}

async function sync(at: string): Promise<void> {
  const file = await open(at, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Windows does not open folders, and syncs them with what is in them. */
async function syncFolder(at: string): Promise<void> {
  if (path.sep === '\\') return;
  const folder = await open(at, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function exists(at: string): Promise<boolean> {
  return lstat(at).then(
    () => true,
    (error: unknown) => {
      if (errorCode(error) === 'ENOENT') return false;
      throw error;
    },
  );
}
