import { join } from 'node:path';
import { type FileHandle, type FilePort, readFully, writeFully } from './file-port.ts';
import { decodeRecord, encodeRecord, type SpoolRecord } from './record.ts';

/** A report in the spool. */
export interface SpoolEntry {
  seq: number;
  timestampMs: number;
  /** Where its line is, and its length with the line break. */
  offset: number;
  bytes: number;
}

export interface SpoolContents {
  /** Reports not yet delivered, oldest first. */
  entries: SpoolEntry[];
  /** Reports lost for lack of room, ever. */
  dropped: number;
  /** The newest time given to a report, epoch ms; 0 for none. */
  newestMs: number;
  /** The next free number. */
  next: number;
  /** Whole lines that are not what was written; what they held is lost. */
  damagedLines: number;
}

const NAME = 'outbox.spool';
const CHUNK_BYTES = 256 * 1024;

export interface SpoolDeps {
  files: FilePort;
  folder: string;
}

export type Spool = ReturnType<typeof createSpool>;

/**
 * The outbox's file: lines that are only ever appended, and now and then a new file in its
 * place. Once a durable `append` has resolved, any later `open` finds what it wrote, even after
 * a power cut; what a rejected one may have left is cut off before anything else is written.
 * One process at a time, one call at a time: both are the caller's business.
 */
export function createSpool({ files, folder }: SpoolDeps) {
  const path = join(folder, NAME);
  let file: FileHandle | undefined;
  /** Bytes that are known to be whole lines. */
  let size = 0;
  /** There may be something behind `size`. */
  let unclean = false;
  /** The file was replaced, and a power cut may still bring back the one before. */
  let nameUnsynced = false;

  /** Opens again where a rewrite could not. */
  async function opened(): Promise<FileHandle> {
    file ??= await files.open(path);
    return file;
  }

  async function cutTail(): Promise<void> {
    if (!unclean) return;
    await (await opened()).truncate(size);
    unclean = false;
  }

  async function syncName(): Promise<void> {
    if (!nameUnsynced) return;
    await files.syncFolder(folder);
    nameUnsynced = false;
  }

  return {
    async open(): Promise<SpoolContents> {
      file = await files.open(path);
      const { contents, wholeBytes, torn } = await replay(file);
      size = wholeBytes;
      unclean = torn;
      await cutTail();
      // The file may be new: its name must survive as well as its contents.
      nameUnsynced = size === 0;
      await syncName();
      return contents;
    },

    /** Writes records together. Resolves to where each went; rejects with none of them written. */
    async append(records: readonly SpoolRecord[], durable: boolean): Promise<{ offset: number; bytes: number }[]> {
      await cutTail();
      if (durable) await syncName();
      const lines = records.map(encodeRecord);
      const into = await opened();
      unclean = true;
      await writeFully(into, Buffer.concat(lines), size);
      if (durable) await into.datasync();
      unclean = false;
      return lines.map((line) => {
        const place = { offset: size, bytes: line.length };
        size += line.length;
        return place;
      });
    },

    /** The report's JSON; `undefined` if its line is no longer what was written. */
    async read(entry: SpoolEntry): Promise<string | undefined> {
      const line = await readFully(await opened(), entry.bytes, entry.offset);
      const record = decodeRecord(line.subarray(0, -1));
      return record?.kind === 'report' && record.seq === entry.seq ? record.json : undefined;
    },

    /** Bytes of the file. */
    size: (): number => size,

    /**
     * Puts a new file with this head and these entries in the old one's place, durably, and
     * resolves to where each entry is now. After a rejection the old file goes on: nothing that
     * may fail comes after the replacement.
     */
    async rewrite(head: SpoolRecord & { kind: 'head' }, entries: readonly SpoolEntry[]): Promise<number[]> {
      const freshPath = `${path}.new`;
      const old = await opened();
      await files.remove(freshPath);
      const fresh = await files.open(freshPath);
      const offsets: number[] = [];
      let freshSize = 0;
      try {
        let lines = [encodeRecord(head)];
        let bytes = lines[0]?.length ?? 0;
        for (const entry of entries) {
          offsets.push(freshSize + bytes);
          lines.push(await readFully(old, entry.bytes, entry.offset));
          bytes += entry.bytes;
          if (bytes < CHUNK_BYTES) continue;
          await writeFully(fresh, Buffer.concat(lines), freshSize);
          freshSize += bytes;
          [lines, bytes] = [[], 0];
        }
        await writeFully(fresh, Buffer.concat(lines), freshSize);
        freshSize += bytes;
        await fresh.datasync();
      } finally {
        await fresh.close();
      }
      // Both are closed meanwhile: Windows replaces no open file.
      file = undefined;
      await old.close();
      await files.rename(freshPath, path);
      size = freshSize;
      unclean = false;
      nameUnsynced = true;
      await syncName().catch(() => undefined);
      return offsets;
    },

    async close(): Promise<void> {
      await file?.close();
      file = undefined;
    },
  };
}

async function replay(file: FileHandle): Promise<{ contents: SpoolContents; wholeBytes: number; torn: boolean }> {
  const live = new Map<number, SpoolEntry>();
  const contents: SpoolContents = { entries: [], dropped: 0, newestMs: 0, next: 1, damagedLines: 0 };
  let rest = Buffer.alloc(0);
  /** Where `rest` begins. */
  let offset = 0;
  for (;;) {
    const chunk = await readFully(file, CHUNK_BYTES, offset + rest.length);
    if (chunk.length === 0) break;
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    for (let end = bytes.indexOf(0x0a); end !== -1; end = bytes.indexOf(0x0a, from)) {
      const record = decodeRecord(bytes.subarray(from, end));
      if (record === undefined) contents.damagedLines++;
      else apply(record, { offset: offset + from, bytes: end + 1 - from }, live, contents);
      from = end + 1;
    }
    rest = Buffer.from(bytes.subarray(from));
    offset += from;
  }
  contents.entries = [...live.values()];
  return { contents, wholeBytes: offset, torn: rest.length > 0 };
}

function apply(
  record: SpoolRecord,
  place: { offset: number; bytes: number },
  live: Map<number, SpoolEntry>,
  contents: SpoolContents,
): void {
  switch (record.kind) {
    case 'head':
      contents.dropped = record.dropped;
      contents.newestMs = record.newestMs;
      contents.next = record.next;
      break;
    case 'report':
      live.set(record.seq, { seq: record.seq, timestampMs: record.timestampMs, ...place });
      contents.newestMs = Math.max(contents.newestMs, record.timestampMs);
      contents.next = Math.max(contents.next, record.seq + 1);
      break;
    case 'gone':
      for (const seq of record.seqs) live.delete(seq);
      break;
    case 'dropped':
      contents.dropped += record.count;
      for (const seq of record.seqs) live.delete(seq);
      break;
    case 'newest':
      contents.newestMs = record.newestMs;
  }
}
