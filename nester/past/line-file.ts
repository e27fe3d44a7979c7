import path from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import { createDurableReplacement, removeLeftovers } from '../store/durable-replace.ts';
import { type FileHandle, type FilePort, writeFully } from '../store/file-port.ts';
import { crcLine, readCrcLines } from './crc-lines.ts';

export interface LineFileDeps {
  files: FilePort;
  /** Path of the file. Its folder is there. */
  file: string;
  /** First line: names what the file is, and its version. */
  header: string;
  /** All that is known, a line of JSON each, as few as may be: what the file is written anew from. */
  everything: () => Iterable<string>;
  /** Epoch ms. */
  now: () => number;
  /** Runs a task once after so many ms; returns what cancels it. */
  later: (ms: number, task: () => void) => () => void;
  say: (level: 'warn' | 'error', message: string) => void;
}

/**
 * Lines of JSON kept on disk behind what is known in memory.
 *
 * Guarantee: a line appended is on disk, safe from a power cut, about a second later, and at
 * once after `flush` or `close`, in order; whoever appends never waits. When the disk refuses,
 * it is tried again with the next lines, and nothing is lost as long as the process lives. The
 * file is written anew, all or nothing, when it has grown to some times what is needed, and
 * after damage.
 */
export interface LineFile {
  /**
   * Hands every line that is whole to `take`, in order. What a crash left at the end is dropped;
   * where anything else is damaged, the rest is taken, and the file as it was is set aside.
   * Never rejects: what cannot be read is set aside and said.
   */
  open(take: (json: string) => void): Promise<void>;
  append(json: string): void;
  /** Resolves when all that was appended was written, or could not be. Never rejects. */
  flush(): Promise<void>;
  /** Writes the file anew from what is known, so that what is not known any more is gone from the disk. */
  rewrite(): Promise<void>;
  close(): Promise<void>;
}

/** How long lines wait for others to be written with. */
const GATHER_MS = 1_000;
/** After a refusal. */
const AGAIN_MS = 10_000;
/** One write; also how much a crash may have left half done. */
const WRITE_BYTES = 256 * 1024;
/** The same, of what has to be made first: a few ms of work. */
const MADE_BYTES = 32 * 1024;
/** The file is written anew when it is larger than this, and than so many times what it was when written anew. */
const GROWN = { bytes: 1024 * 1024, times: 3 };
/** Lines held while the disk refuses; beyond, the file is written anew once it does not. */
const HELD_BYTES = 16 * 1024 * 1024;

export function createLineFile({ files, file, header, everything, now, later, say }: LineFileDeps): LineFile {
  const name = path.basename(file);
  let handle: FileHandle | undefined;
  let size = 0;
  let freshSize = 0;
  let queue: string[] = [];
  let queued = 0;
  let isThere = false;
  /** Counts the reasons to write the file anew, and how many of them it was written anew for. */
  let reasons = 0;
  let settled = 0;
  let running: Promise<void> | undefined;
  let cancel: (() => void) | undefined;
  let isRefused = false;

  /** Moves what is in the way, or gives it a second name where it is still to be read from. */
  async function setAside(how: 'rename' | 'link', what: string): Promise<void> {
    const aside = `${file}.damaged-${new Date(now()).toISOString().replaceAll(':', '-')}`;
    try {
      // A file system without hard links: the file itself goes, and is written anew at once.
      if (how === 'rename') await files.rename(file, aside);
      else await files.link(file, aside).catch(() => files.rename(file, aside));
      say('warn', `${name} ${what}; as it was it is kept as ${path.basename(aside)}`);
    } catch (error) {
      say('error', `${name} ${what}, and could not be set aside: ${reasonOf(error)}`);
    }
  }

  async function open(take: (json: string) => void): Promise<void> {
    await removeLeftovers(files, path.dirname(file), (entry) => entry === name).catch(() => undefined);
    let reading: FileHandle | undefined;
    try {
      const facts = await files.stat(file);
      if (!facts) return;
      if (facts.kind !== 'file') {
        await setAside('rename', 'is not a file');
        return;
      }
      reading = await files.open(file, 'read');
      const found = await readCrcLines(reading, facts.size, header, take);
      if (found.isForeign) {
        await setAside('rename', 'is of another version');
        return;
      }
      size = facts.size;
      freshSize = Math.max(found.bytes, 1);
      isThere = true;
      if (found.firstBad) reasons++;
      if (found.firstBad && found.firstBad.position < facts.size - WRITE_BYTES) {
        await setAside('link', `was damaged at line ${found.firstBad.line}`);
      }
    } catch (error) {
      await setAside('rename', `cannot be read (${reasonOf(error)})`);
    } finally {
      await reading?.close().catch(() => undefined);
    }
  }

  async function writeAnew(): Promise<void> {
    // What waits is among what is known.
    queue = [];
    queued = 0;
    const answered = reasons;
    const replacement = createDurableReplacement(files, file);
    try {
      let text = crcLine(header);
      for (const json of everything()) {
        text += crcLine(json);
        if (text.length < MADE_BYTES) continue;
        await replacement.write(Buffer.from(text));
        text = '';
        await breathe();
      }
      await replacement.write(Buffer.from(text));
      await closeHandle();
      const facts = await replacement.commit();
      size = facts.size;
      freshSize = size;
      isThere = true;
      settled = answered;
    } catch (error) {
      await replacement.abandon();
      throw error;
    }
  }

  async function closeHandle(): Promise<void> {
    const open = handle;
    handle = undefined;
    await open?.close();
  }

  async function appendQueue(): Promise<void> {
    handle ??= await files.open(file, 'update');
    while (queue.length > 0) {
      let text = '';
      let count = 0;
      while (count < queue.length && text.length < WRITE_BYTES / 2) text += crcLine(queue[count++] ?? '');
      const bytes = Buffer.from(text);
      await writeFully(handle, bytes, size);
      await handle.datasync();
      size += bytes.length;
      queue.splice(0, count);
    }
    queued = 0;
  }

  async function write(): Promise<void> {
    try {
      while (reasons > settled || queue.length > 0) {
        const isGrown = size > GROWN.bytes && size > GROWN.times * freshSize;
        if (reasons > settled || !isThere || isGrown) await writeAnew();
        else await appendQueue();
      }
      if (isRefused) say('warn', `${name} is written again`);
      isRefused = false;
    } catch (error) {
      // Whether what was written before a failed sync is on disk, nobody knows; what waited may be gone.
      reasons++;
      await closeHandle().catch(() => undefined);
      if (!isRefused) say('error', `${name} could not be written, it is tried again: ${reasonOf(error)}`);
      isRefused = true;
    }
  }

  function flush(): Promise<void> {
    cancel?.();
    cancel = undefined;
    running = (running ?? Promise.resolve()).then(write);
    return running;
  }

  return {
    open,
    append(json) {
      queue.push(json);
      queued += json.length;
      if (isRefused && queued > HELD_BYTES) {
        queue = [];
        queued = 0;
        reasons++;
      }
      cancel ??= later(isRefused ? AGAIN_MS : GATHER_MS, () => {
        cancel = undefined;
        void flush();
      });
    },
    flush,
    rewrite() {
      reasons++;
      return flush();
    },
    async close() {
      cancel?.();
      cancel = undefined;
      if (reasons > settled || queue.length > 0) await flush();
      await running;
      await closeHandle().catch(() => undefined);
    },
  };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
