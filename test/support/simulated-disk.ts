import path from 'node:path';
import type { FileFacts, FileHandle, FilePort } from '../../nester/store/file-port.ts';
import { createSeededRandom, type SeededRandom } from './seeded-random.ts';
import { createSimulatedFile, type SimulatedFile } from './simulated-file.ts';

/**
 * A disk in memory that loses what a real one may lose. Bytes and sizes are safe after
 * `datasync`, entries of folders after `syncFolder`; until then a power cut keeps any part of
 * them. Any call can be made to fail, to take only a part, or to be the last one.
 */
export interface SimulatedDisk {
  readonly files: FilePort;
  /** What goes wrong from now on: asked before every call. */
  setFault(fault: ((call: Call) => Fault | undefined) | undefined): void;
  /** Calls so far. */
  calls(): number;
  /** Calls so far by kind. */
  count(kind: CallKind): number;
  /** Resolves when a call was stopped: nothing on this disk settles any more. */
  readonly stopped: Promise<void>;
  /** What a new process finds after the one before was killed: all it wrote, synced or not. */
  crash(): SimulatedDisk;
  /** What is left after a power cut: all that was synced, and any part of what was not. */
  powerCut(random: SeededRandom): SimulatedDisk;
  /** Puts a file there, safe; as an editor that writes in place, or one that replaces the file. */
  put(file: string, bytes: Uint8Array | string, how?: 'in place' | 'replace'): void;
  /** Puts a symlink there, safe. It leads nowhere. */
  putLink(file: string): void;
  /** Removes a file, safely. */
  remove(file: string): void;
  /** What processes see in a file; `undefined` when there is none. A copy. */
  bytes(file: string): Uint8Array | undefined;
  text(file: string): string | undefined;
  /** All files, sorted. */
  paths(): string[];
}

export type CallKind =
  'open' | 'stat' | 'rename' | 'link' | 'unlink' | 'list' | 'makeFolder' | 'syncFolder' | 'read' | 'write' | 'datasync' | 'truncate' | 'close';

export interface Call {
  kind: CallKind;
  path: string;
  /** Counted from 1. */
  number: number;
  /** Counted from 1, of its kind. */
  numberOfKind: number;
  /** Of a read or write: the first byte, and how many. */
  position?: number;
  length?: number;
}

/**
 * `fail`: the call rejects with this code; with `after`, once it has done all or, a write,
 * part of its work. `short`: a write or read takes only so many bytes. `stop`: it never
 * settles, and nothing after it; a write is caught half done.
 */
export type Fault = { fail: string; after?: boolean } | { short: number } | 'stop';

export interface SimulatedDiskOptions {
  /** Epoch ms. */
  now?: () => number;
  /** Makes calls take a varying number of turns. */
  random?: SeededRandom;
}

type Entry = { type: 'file'; file: SimulatedFile } | { type: 'folder'; folder: Folder } | { type: 'link'; inode: number };

interface Folder {
  inode: number;
  seen: Map<string, Entry>;
  safe: Map<string, Entry>;
}

/** Entries that change together: a rename is one. */
type EntryChange = { folder: Folder; name: string; entry: Entry | undefined }[];

export function createSimulatedDisk(options: SimulatedDiskOptions = {}): SimulatedDisk {
  const root: Folder = { inode: 1, seen: new Map(), safe: new Map() };
  return createDisk(options, root, [], 2);
}

/** An error as the real file system throws it. */
export function fileError(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: simulated, ${what}`), { code });
}

function createDisk(options: SimulatedDiskOptions, root: Folder, pending: EntryChange[], firstInode: number): SimulatedDisk {
  const { now = Date.now, random = createSeededRandom(1) } = options;
  let nextInode = firstInode;
  let fault: ((call: Call) => Fault | undefined) | undefined;
  let calls = 0;
  const counts = new Map<CallKind, number>();
  let isStopped = false;
  let tellStopped: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => (tellStopped = resolve));
  const never = new Promise<never>(() => undefined);

  function partsOf(file: string): string[] {
    return path.posix.normalize(`/${file.replaceAll('\\', '/')}`).split('/').filter(Boolean);
  }

  function folderOf(file: string): { folder: Folder; name: string } {
    const parts = partsOf(file);
    const name = parts.pop() ?? '';
    let folder = root;
    for (const part of parts) {
      const entry = folder.seen.get(part);
      if (!entry) throw fileError('ENOENT', file);
      if (entry.type !== 'folder') throw fileError('ENOTDIR', file);
      folder = entry.folder;
    }
    return { folder, name };
  }

  function find(file: string): Entry | undefined {
    if (partsOf(file).length === 0) return { type: 'folder', folder: root };
    const { folder, name } = folderOf(file);
    return folder.seen.get(name);
  }

  function change(changes: EntryChange): void {
    for (const { folder, name, entry } of changes) setEntry(folder.seen, name, entry);
    pending.push(changes);
  }

  function newFile(): SimulatedFile {
    const at = now();
    return createSimulatedFile(nextInode++, { createdMs: at, modifiedMs: at, readMs: at });
  }

  /** Runs one call: waits some turns, then does `work`, or what the fault says instead. */
  async function call<T>(
    kind: CallKind,
    file: string,
    work: (portion: number) => T,
    range?: { position: number; length: number },
  ): Promise<T> {
    for (let turns = 1 + random.below(4); turns > 0; turns--) await Promise.resolve();
    if (isStopped) return never;
    const numberOfKind = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, numberOfKind);
    calls++;
    const wrong = fault?.({ kind, path: file, number: calls, numberOfKind, ...range });
    if (wrong === undefined) return work(Infinity);
    if (wrong === 'stop') {
      if (kind === 'write' && random.chance(0.7)) work(random.fraction());
      else if (kind !== 'write' && random.chance(0.5)) work(Infinity);
      isStopped = true;
      tellStopped();
      return never;
    }
    if ('short' in wrong) return work(wrong.short);
    if (wrong.after === true) work(kind === 'write' ? random.fraction() : Infinity);
    throw fileError(wrong.fail, `${kind} ${file}`);
  }

  function createHandle(name: string, file: SimulatedFile, writable: boolean): FileHandle {
    let isOpen = true;
    function handleCall<T>(
      kind: CallKind,
      work: (portion: number) => T,
      range?: { position: number; length: number },
    ): Promise<T> {
      // A process that was stopped, or closed too early, is told by the real one, too.
      if (!isOpen) return Promise.reject(fileError('EBADF', `${kind} ${name}`));
      return call(kind, name, work, range);
    }
    /** Bytes of `length` that the call takes: all, so many, or, below 1, such a part. */
    const taken = (length: number, portion: number): number =>
      portion < 1 ? Math.floor(length * portion) : Math.min(length, portion);
    return {
      read: (into, offset, length, position) =>
        handleCall('read', (portion) => {
          if (file.readMs <= file.modifiedMs) file.readMs = now();
          const bytes = file.content().subarray(position, position + taken(length, portion));
          into.set(bytes, offset);
          return bytes.length;
        }, { position, length }),
      write: (bytes, position) =>
        handleCall('write', (portion) => {
          if (!writable) throw fileError('EBADF', `write ${name}`);
          const part = bytes.subarray(0, taken(bytes.length, portion));
          file.write(part, position);
          file.modifiedMs = now();
          return part.length;
        }, { position, length: bytes.length }),
      datasync: async () => {
        try {
          await handleCall('datasync', () => file.sync());
        } catch (error) {
          if (isOpen) file.failSync();
          throw error;
        }
      },
      truncate: (size) =>
        handleCall('truncate', () => {
          if (!writable) throw fileError('EINVAL', `truncate ${name}`);
          file.truncate(size);
          file.modifiedMs = now();
        }),
      stat: () => handleCall('stat', () => factsOf({ type: 'file', file })),
      async close() {
        await handleCall('close', () => undefined).finally(() => (isOpen = false));
      },
    };
  }

  const files: FilePort = {
    open: (file, mode) =>
      call('open', file, () => {
        const entry = find(file);
        if (entry?.type === 'link') throw fileError(mode === 'exclusive' ? 'EEXIST' : 'ELOOP', file);
        if (entry && mode === 'exclusive') throw fileError('EEXIST', file);
        if (entry?.type === 'folder') throw fileError('EISDIR', file);
        if (entry) return createHandle(file, entry.file, mode !== 'read');
        if (mode === 'read' || mode === 'update') throw fileError('ENOENT', file);
        const { folder, name } = folderOf(file);
        const created = newFile();
        change([{ folder, name, entry: { type: 'file', file: created } }]);
        return createHandle(file, created, true);
      }),
    stat: (file) =>
      call('stat', file, () => {
        try {
          const entry = find(file);
          return entry && factsOf(entry);
        } catch {
          return undefined;
        }
      }),
    rename: (from, to) =>
      call('rename', `${from} -> ${to}`, () => {
        const source = folderOf(from);
        const target = folderOf(to);
        const entry = source.folder.seen.get(source.name);
        if (!entry) throw fileError('ENOENT', from);
        if (target.folder.seen.get(target.name)?.type === 'folder') throw fileError('EISDIR', to);
        change([
          { ...source, entry: undefined },
          { ...target, entry },
        ]);
      }),
    link: (file, to) =>
      call('link', `${file} -> ${to}`, () => {
        const entry = find(file);
        if (!entry) throw fileError('ENOENT', file);
        const target = folderOf(to);
        if (target.folder.seen.has(target.name)) throw fileError('EEXIST', to);
        if (entry.type === 'folder') throw fileError('EPERM', file);
        change([{ ...target, entry }]);
      }),
    unlink: (file) =>
      call('unlink', file, () => {
        const { folder, name } = folderOf(file);
        const entry = folder.seen.get(name);
        if (!entry) throw fileError('ENOENT', file);
        if (entry.type === 'folder') throw fileError('EISDIR', file);
        change([{ folder, name, entry: undefined }]);
      }),
    list: (folder) =>
      call('list', folder, () => {
        try {
          const entry = find(folder);
          if (entry && entry.type !== 'folder') throw fileError('ENOTDIR', folder);
          return entry ? random.shuffled([...entry.folder.seen.keys()]) : [];
        } catch (error) {
          if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
          throw error;
        }
      }),
    makeFolder: (file) =>
      call('makeFolder', file, () => {
        let folder = root;
        for (const name of partsOf(file)) {
          let entry = folder.seen.get(name);
          if (entry && entry.type !== 'folder') throw fileError('ENOTDIR', file);
          if (!entry) {
            entry = { type: 'folder', folder: { inode: nextInode++, seen: new Map(), safe: new Map() } };
            setBoth({ folder, name }, entry);
          }
          folder = entry.folder;
        }
      }),
    syncFolder: (file) =>
      call('syncFolder', file, () => {
        const entry = find(file);
        if (!entry) throw fileError('ENOENT', file);
        if (entry.type !== 'folder') throw fileError('ENOTDIR', file);
        const { folder } = entry;
        const safe = pending.filter((changes) => changes.some((one) => one.folder === folder));
        pending = pending.filter((changes) => !safe.includes(changes));
        for (const changes of safe) for (const one of changes) setEntry(one.folder.safe, one.name, one.entry);
      }),
  };

  function setBoth({ folder, name }: { folder: Folder; name: string }, entry: Entry | undefined): void {
    setEntry(folder.seen, name, entry);
    setEntry(folder.safe, name, entry);
    pending = pending.map((changes) => changes.filter((one) => one.folder !== folder || one.name !== name));
  }

  function walk(folder: Folder, prefix: string, found: string[]): string[] {
    for (const [name, entry] of folder.seen) {
      if (entry.type === 'folder') walk(entry.folder, `${prefix}${name}/`, found);
      else found.push(prefix + name);
    }
    return found;
  }

  return {
    files,
    stopped,
    setFault: (next) => (fault = next),
    calls: () => calls,
    count: (kind) => counts.get(kind) ?? 0,
    crash() {
      const copy = createCopier((file) => file.copy());
      const after = copy.folder(root);
      return createDisk(options, after, pending.map((changes) => changes.map((one) => copy.change(one))), nextInode);
    },
    powerCut(cut) {
      const kept = cut.fraction();
      const copy = createCopier((file) => file.afterPowerCut(cut));
      const after = copy.folder(root);
      const survived = pending.filter(() => cut.chance(kept));
      for (const changes of survived) {
        for (const { folder, name, entry } of changes.map((one) => copy.change(one))) setEntry(folder.safe, name, entry);
      }
      copy.settle();
      return createDisk(options, after, [], nextInode);
    },
    put(file, bytes, how = 'replace') {
      const content = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
      const where = folderOf(file);
      const entry = where.folder.seen.get(where.name);
      const target = entry?.type === 'file' && how === 'in place' ? entry.file : newFile();
      target.truncate(0);
      target.write(content, 0);
      target.sync();
      target.modifiedMs = now();
      if (entry?.type !== 'file' || entry.file !== target) setBoth(where, { type: 'file', file: target });
    },
    putLink: (file) => setBoth(folderOf(file), { type: 'link', inode: nextInode++ }),
    remove: (file) => setBoth(folderOf(file), undefined),
    bytes(file) {
      const entry = find(file);
      return entry?.type === 'file' ? entry.file.content().slice() : undefined;
    },
    text(file) {
      const entry = find(file);
      return entry?.type === 'file' ? Buffer.from(entry.file.content()).toString('utf8') : undefined;
    },
    paths: () => walk(root, '', []).sort(),
  };
}

function setEntry(entries: Map<string, Entry>, name: string, entry: Entry | undefined): void {
  if (entry) entries.set(name, entry);
  else entries.delete(name);
}

/** Copies a tree of folders, each file and folder once, however many entries lead to it. */
function createCopier(copyFile: (file: SimulatedFile) => SimulatedFile) {
  const filesDone = new Map<SimulatedFile, SimulatedFile>();
  const foldersDone = new Map<Folder, Folder>();

  function copyEntry(entry: Entry): Entry {
    if (entry.type === 'link') return entry;
    if (entry.type === 'folder') return { type: 'folder', folder: copyFolder(entry.folder) };
    const done = filesDone.get(entry.file) ?? copyFile(entry.file);
    filesDone.set(entry.file, done);
    return { type: 'file', file: done };
  }

  function copyFolder(folder: Folder): Folder {
    const known = foldersDone.get(folder);
    if (known) return known;
    const done: Folder = { inode: folder.inode, seen: new Map(), safe: new Map() };
    foldersDone.set(folder, done);
    for (const [name, entry] of folder.seen) done.seen.set(name, copyEntry(entry));
    for (const [name, entry] of folder.safe) done.safe.set(name, copyEntry(entry));
    return done;
  }

  return {
    folder: copyFolder,
    change: ({ folder, name, entry }: EntryChange[number]): EntryChange[number] => ({
      folder: copyFolder(folder),
      name,
      entry: entry && copyEntry(entry),
    }),
    /** What is safe is all there is. */
    settle() {
      for (const folder of foldersDone.values()) folder.seen = new Map(folder.safe);
    },
  };
}

function factsOf(entry: Entry): FileFacts {
  if (entry.type === 'link') return { kind: 'link', size: 0, inode: entry.inode, modifiedMs: 0, readMs: 0, createdMs: 0 };
  if (entry.type === 'folder') {
    return { kind: 'folder', size: 0, inode: entry.folder.inode, modifiedMs: 0, readMs: 0, createdMs: 0 };
  }
  const { inode, modifiedMs, readMs, createdMs } = entry.file;
  return { kind: 'file', size: entry.file.content().length, inode, modifiedMs, readMs, createdMs };
}
