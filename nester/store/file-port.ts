/**
 * The file system as the store needs it, and no more. `node-files.ts` is the real one; tests
 * bring one that loses what was not synced, fails any call, or stops between any two.
 *
 * Paths are absolute or relative to the data folder's parent, as the caller made them. Errors
 * carry Node's `code` (`ENOENT`, `ENOSPC`, `EIO`...). A write may be short: `write` returns how
 * many bytes it took, and callers go on from there.
 */
export interface FilePort {
  /**
   * Opens without following a symlink in the last part of the path (`ELOOP` if it is one).
   * `create` makes the file if missing (mode 0600); `exclusive` makes it and fails with `EEXIST`
   * if it is there; `read` opens what exists for reading; `update` for reading and writing.
   */
  open(path: string, mode: 'create' | 'exclusive' | 'read' | 'update'): Promise<FileHandle>;
  /** Like `lstat`: of the link itself. Resolves to `undefined` when nothing is there. */
  stat(path: string): Promise<FileFacts | undefined>;
  rename(from: string, to: string): Promise<void>;
  /** A second name for a file (hard link). Some file systems have none: `EPERM`, `ENOTSUP`... */
  link(file: string, name: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Names in a folder, in no order; empty when there is no such folder. */
  list(folder: string): Promise<string[]>;
  /** Makes a folder (mode 0700) and its parents, safe from a power cut; resolves when it was there already. */
  makeFolder(folder: string): Promise<void>;
  /** fsync of a folder: what was created, renamed or removed in it survives a power cut. */
  syncFolder(folder: string): Promise<void>;
}

export interface FileHandle {
  /** Reads up to `length` bytes at `position` into `into` at `offset`; resolves to how many came, 0 at the end. */
  read(into: Uint8Array, offset: number, length: number, position: number): Promise<number>;
  /** Writes at `position`; resolves to how many bytes were taken. */
  write(bytes: Uint8Array, position: number): Promise<number>;
  /** fdatasync: the bytes and the size survive a power cut. */
  datasync(): Promise<void>;
  truncate(size: number): Promise<void>;
  stat(): Promise<FileFacts>;
  close(): Promise<void>;
}

export interface FileFacts {
  kind: 'file' | 'folder' | 'link' | 'other';
  size: number;
  /** Identity of the inode; changes when a file is replaced. */
  inode: number;
  /** Times in epoch ms, with the file system's own resolution. */
  modifiedMs: number;
  readMs: number;
  createdMs: number;
}

/** Writes all of `bytes` at `position`, going on after short writes. */
export async function writeFully(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const taken = await handle.write(done === 0 ? bytes : bytes.subarray(done), position + done);
    if (taken <= 0) throw Object.assign(new Error('the file system took no bytes'), { code: 'EIO' });
    done += taken;
  }
}
