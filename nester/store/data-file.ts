import { crc32 } from 'node:zlib';
import { CLOSING, type DataLines, FIRST, OPENING, SEPARATOR } from './data-lines.ts';
import { type DurableReplacement } from './durable-replace.ts';
import { type FileFacts, type FileHandle, type FilePort, writeFully } from './file-port.ts';

/**
 * The bytes of data.json: an array of reports, one a line, whose end is written over in place
 * when reports are added. Knows its own last write, and so tells everybody else's.
 *
 * Callers take turns: no two calls at once. What the lines mean is not looked at.
 */
export interface DataFile {
  /** What stands at the path, next to what was written last. */
  check(): Promise<DataFileFinding>;
  /**
   * Takes the file as it is, `size` bytes with a whole array, as written by us. `body`: what
   * `match` found.
   */
  adopt(size: number, body: DataFileBody): Promise<void>;
  /** Cuts everything after the body, and closes the array. */
  mend(body: DataFileBody): Promise<void>;
  /**
   * Adds lines in one positioned write. Only what `check` calls `ours` is written to; the
   * finding says whether it was. Rejects when the disk refuses; the file is then as before, or
   * `broken`.
   */
  append(lines: Pick<DataLines, 'isEmpty' | 'bytes'>): Promise<DataFileFinding>;
  /** Puts a finished replacement in the path's place and goes on with it. */
  replace(replacement: DurableReplacement, body: DataFileBody): Promise<void>;
  /** fdatasync of what was written; resolves to what that was. */
  sync(): Promise<DataFileBody>;
  /** Facts of the file we wrote to, even when the path leads to another one by now. */
  ownFacts(): Promise<FileFacts | undefined>;
  close(): Promise<void>;
}

/** The file but for the end of the array: what stays as it is when reports are added. */
export interface DataFileBody {
  /** Ends with a report's JSON, or with `[` when there is none. */
  bytes: number;
  /** CRC-32 of these bytes. */
  crc: number;
}

/**
 * `ours`: as we left it. `missing`: nothing is there, and something should be. `broken`: our own
 * write failed half way and could not be undone. `foreign`: somebody else wrote it.
 */
export type DataFileFinding =
  | { kind: 'ours' | 'missing' | 'broken' }
  | { kind: 'foreign'; facts: FileFacts };

const EMPTY_BODY: DataFileBody = { bytes: OPENING.length, crc: crc32(OPENING) };

export function createDataFile(files: FilePort, path: string): DataFile {
  let handle: FileHandle | undefined;
  let known: FileFacts | undefined;
  let body = EMPTY_BODY;
  let broken = false;

  function use(next: FileHandle, facts: FileFacts, nextBody: DataFileBody): void {
    const former = handle;
    handle = next;
    known = facts;
    body = nextBody;
    broken = false;
    // Nobody waits for it: of a file that has no name any more, closing frees all the room, which
    // can take the disk a tenth of a second.
    former?.close().catch(() => undefined);
  }

  async function check(): Promise<DataFileFinding> {
    if (broken) return { kind: 'broken' };
    const facts = await files.stat(path);
    if (!facts) return { kind: known ? 'missing' : 'ours' };
    return known && sameFile(facts, known) ? { kind: 'ours' } : { kind: 'foreign', facts };
  }

  async function create(): Promise<void> {
    const file = await files.open(path, 'exclusive');
    use(file, await file.stat(), EMPTY_BODY);
    // Until the array is whole, what is there is a beginning without an end.
    broken = true;
    await writeFully(file, Buffer.from(OPENING + CLOSING), 0);
    known = await file.stat();
    broken = false;
  }

  /** After a failed write: the end as it was. Needs no new room on the disk. */
  async function undo(file: FileHandle, size: number): Promise<void> {
    try {
      await writeFully(file, Buffer.from(CLOSING), body.bytes);
      await file.truncate(size);
      known = await file.stat();
    } catch {
      broken = true;
    }
  }

  return {
    check,
    async adopt(size, found) {
      const file = await files.open(path, 'update');
      const facts = await file.stat();
      if (facts.size !== size) throw new Error(`data.json changed while it was read: ${facts.size} bytes, not ${size}`);
      use(file, facts, found);
    },
    async mend(found) {
      const file = await files.open(path, 'update');
      await file.truncate(found.bytes);
      await writeFully(file, Buffer.from(CLOSING), found.bytes);
      use(file, await file.stat(), found);
    },
    async append(lines) {
      const finding = await check();
      if (finding.kind !== 'ours' || lines.isEmpty()) return finding;
      if (!handle) await create();
      if (!handle || !known) throw new Error('BUG: data.json is neither open nor new');
      const { size } = known;
      const written = lines.bytes(body.bytes === EMPTY_BODY.bytes);
      const added = written.subarray(0, -CLOSING.length);
      try {
        await writeFully(handle, written, body.bytes);
        // Somebody else may have written or cut between the check and the write; a write behind a
        // cut leaves a hole before it, and the size that was expected.
        const before = Buffer.alloc(1);
        const [facts] = await Promise.all([handle.stat(), handle.read(before, 0, 1, body.bytes - 1)]);
        if (facts.size !== size + added.length || before[0] === 0) return { kind: 'foreign', facts };
        known = facts;
        body = { bytes: body.bytes + added.length, crc: crc32(added, body.crc) };
        return { kind: 'ours' };
      } catch (error) {
        await undo(handle, size);
        throw error;
      }
    },
    async replace(replacement, nextBody) {
      const facts = await replacement.commit();
      const file = await files.open(path, 'update');
      // As it was before it had its name. Somebody may have written to it since, or have put another
      // file there: the next check says so.
      use(file, facts, nextBody);
    },
    async sync() {
      const synced = body;
      await handle?.datasync();
      return synced;
    },
    async ownFacts() {
      return handle?.stat();
    },
    async close() {
      await handle?.close();
      handle = undefined;
    },
  };
}

/** Parts of the array, for whoever writes a replacement. */
export const DATA_FILE_FRAME = { opening: OPENING, first: FIRST, separator: SEPARATOR, closing: CLOSING };

export function sameFile(a: FileFacts, b: FileFacts): boolean {
  return a.kind === b.kind && a.inode === b.inode && a.size === b.size && a.modifiedMs === b.modifiedMs;
}
