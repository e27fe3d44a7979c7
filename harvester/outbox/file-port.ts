/**
 * The file system as the outbox needs it, and no more. `node-files.ts` is the real one; tests
 * bring one that fails any call or stops between any two. Errors carry Node's `code`.
 */
export interface FilePort {
  /** Opens for reading and writing; makes the file (mode 0600) if it is missing. */
  open(path: string): Promise<FileHandle>;
  /** Makes a file with this content; `false` if there is one of that name already. */
  create(path: string, text: string): Promise<boolean>;
  /** The text of a small file and when it was last changed (epoch ms); `undefined` if there is none. */
  readSmall(path: string): Promise<{ text: string; modifiedMs: number } | undefined>;
  /** Sets when it was last changed to now. */
  touch(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Resolves also when there is no such file. */
  remove(path: string): Promise<void>;
  /** Names in a folder, in no order. */
  list(folder: string): Promise<string[]>;
  /** Makes a folder (mode 0700) and its parents; resolves when it was there already. */
  makeFolder(folder: string): Promise<void>;
  /** fsync of a folder: what was created or renamed in it survives a power cut. */
  syncFolder(folder: string): Promise<void>;
}

export interface FileHandle {
  size(): Promise<number>;
  /** Reads up to `into.length` bytes at `position`; resolves to how many came, 0 at the end. */
  read(into: Uint8Array, position: number): Promise<number>;
  /** Writes at `position`; resolves to how many bytes were taken, which may be fewer. */
  write(bytes: Uint8Array, position: number): Promise<number>;
  /** fdatasync: the bytes and the size survive a power cut. */
  datasync(): Promise<void>;
  truncate(size: number): Promise<void>;
  close(): Promise<void>;
}

/** Writes all of `bytes` at `position`, going on after short writes. */
export async function writeFully(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const taken = await file.write(bytes.subarray(done), position + done);
    if (taken <= 0) throw Object.assign(new Error('the file system took no bytes'), { code: 'EIO' });
    done += taken;
  }
}

/** Reads exactly `length` bytes at `position`, or fewer where the file ends. */
export async function readFully(file: FileHandle, length: number, position: number): Promise<Buffer> {
  const into = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const came = await file.read(into.subarray(done), position + done);
    if (came === 0) break;
    done += came;
  }
  return into.subarray(0, done);
}
