import path from 'node:path';
import { createDurableReplacement, type DurableReplacement, removeLeftovers } from './durable-replace.ts';
import { fileChunks } from './file-chunks.ts';
import { type FileFacts, type FileHandle, type FilePort, writeFully } from './file-port.ts';
import type { FilePlace, ArrayFile, LineHold, LineVisitor } from './array-file.ts';
import { CLOSING, OPENING, scanArrayFile } from './array-file-scan.ts';
import { isSealed, seal } from './sealed-line.ts';
import { createSerial } from '../serial.ts';

export interface ArrayFileDeps {
  files: FilePort;
  path: string;
  /** Epoch ms. */
  now: () => number;
  say: (level: 'info' | 'warn' | 'error', message: string) => void;
}

/** An open file, closed when it was replaced and nobody reads from it any more. */
interface OpenFile {
  handle: FileHandle;
  inode: number;
  size: number;
  /** Where the end of the array begins. */
  body: number;
  holds: number;
  retired: boolean;
}

/** Lines read at once when the file is written anew, and bytes gathered for one write. */
const READ_LINES = 256;
const WRITE_BYTES = 1024 * 1024;
/** Places with no more than this between them are read at once. */
const GAP_BYTES = 4096;
const RUN_BYTES = 1024 * 1024;
const NOWHERE = { offset: NaN, length: NaN };

export function createArrayFile({ files, path: target, now, say }: ArrayFileDeps): ArrayFile {
  const name = path.basename(target);
  /** One at a time: whatever writes. */
  const inTurn = createSerial();
  let current: OpenFile | undefined;
  /** A write failed half way and could not be undone: the end of the array is not where it should be. */
  let torn = false;
  let opened = false;

  function use(handle: FileHandle, { inode, size }: FileFacts, body: number): void {
    const former = current;
    current = { handle, inode, size, body, holds: 0, retired: false };
    torn = false;
    if (former) {
      former.retired = true;
      letGo(former);
    }
  }

  function letGo(file: OpenFile): void {
    // Nothing was left to be written: an error on closing loses nothing.
    if (file.retired && file.holds === 0) void file.handle.close().catch(() => undefined);
  }

  /**
   * Keeps what stands at the path under another name. A file keeps its old name, too, until
   * another takes its place: a crash in between must not leave us without either.
   */
  async function setAside(): Promise<string> {
    const isFile = (await files.stat(target))?.kind === 'file';
    const stem = `${target}.rejected-${new Date(now()).toISOString().replaceAll(':', '-')}`;
    let aside = stem;
    for (let n = 2; await files.stat(aside); n++) aside = `${stem}-${n}`;
    // Where there are no hard links, a copy does.
    await (isFile ? files.link(target, aside).catch(() => copyTo(aside)) : files.rename(target, aside));
    await files.syncFolder(path.dirname(target));
    return aside;
  }

  async function copyTo(aside: string): Promise<void> {
    const from = await files.open(target, 'read');
    const copy = createDurableReplacement(files, aside);
    try {
      for await (const chunk of fileChunks(from, WRITE_BYTES)) await copy.write(chunk);
      await copy.commit();
    } finally {
      await from.close();
      await copy.abandon();
    }
  }

  /** Puts a replacement in the file's place. `placed` runs in the same turn in which it becomes ours. */
  async function place(replacement: DurableReplacement, body: number, placed: () => void): Promise<void> {
    const facts = await replacement.commit();
    use(await files.open(target, 'update'), facts, body);
    placed();
  }

  /** Puts the end of the array where the good lines end. */
  async function close(file: OpenFile): Promise<void> {
    await writeFully(file.handle, Buffer.from(CLOSING), file.body);
    await file.handle.truncate(file.body + CLOSING.length);
    await file.handle.datasync();
    file.size = file.body + CLOSING.length;
    torn = false;
  }

  /** Whether what stands at the path is what we left there. */
  async function isOurs(): Promise<boolean> {
    const facts = await files.stat(target);
    if (!current || !facts) return current === undefined && facts === undefined;
    return facts.kind === 'file' && facts.inode === current.inode && (torn || facts.size === current.size);
  }

  /** Without knowing what was there, nothing may be put in its place. */
  function mustBeOpen(): void {
    if (!opened) throw new Error(`${name} is not open`);
  }

  async function append(lines: readonly string[], added: (places: FilePlace[]) => void): Promise<boolean> {
    mustBeOpen();
    if (!(await isOurs())) return false;
    if (!current) await create();
    const file = current ?? never();
    if (torn) await close(file);
    const places: FilePlace[] = [];
    let text = '';
    let offset = file.body;
    for (const line of lines) {
      const sealed = seal(line);
      const before = offset === OPENING.length ? '\n' : ',\n';
      const length = Buffer.byteLength(sealed);
      places.push({ offset: offset + before.length, length });
      offset += before.length + length;
      text += before + sealed;
    }
    try {
      await writeFully(file.handle, Buffer.from(text + CLOSING), file.body);
      await file.handle.datasync();
    } catch (error) {
      torn = true;
      await close(file).catch(() => undefined);
      throw error;
    }
    file.body = offset;
    file.size = offset + CLOSING.length;
    added(places);
    return true;
  }

  async function create(): Promise<void> {
    const replacement = createDurableReplacement(files, target);
    await replacement.write(Buffer.from(OPENING + CLOSING));
    await place(replacement, OPENING.length, () => undefined);
  }

  async function readAll(file: OpenFile, places: readonly FilePlace[]): Promise<(Buffer | undefined)[]> {
    const found: (Buffer | undefined)[] = [];
    for (let at = 0; at < places.length; ) {
      const first = places[at] ?? never();
      let end = at + 1;
      let to = first.offset + first.length;
      for (let next = places[end]; next; next = places[++end]) {
        if (next.offset < to || next.offset > to + GAP_BYTES || next.offset + next.length - first.offset > RUN_BYTES) break;
        to = next.offset + next.length;
      }
      const bytes = await readRun(file, first.offset, to);
      for (; at < end; at++) {
        const { offset, length } = places[at] ?? never();
        const line = bytes.subarray(offset - first.offset, offset - first.offset + length);
        found.push(line.length === length && isSealed(line) ? line : undefined);
      }
    }
    return found;
  }

  async function readRun({ handle }: OpenFile, from: number, to: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(to - from);
    let done = 0;
    while (done < bytes.length) {
      const came = await handle.read(bytes, done, bytes.length - done, from + done);
      if (came === 0) break;
      done += came;
    }
    return bytes.subarray(0, done);
  }

  async function rewrite(lines: () => Iterable<string | FilePlace>, moved: (placeOf: (number: number) => FilePlace | undefined) => void): Promise<void> {
    const file = current;
    const replacement = createDurableReplacement(files, target);
    /** Offset and length of each old line; there may be millions. */
    const places: number[] = [];
    let offset = OPENING.length;
    let parts: Uint8Array[] = [Buffer.from(OPENING)];
    let bytes = 0;

    async function write(line: Uint8Array): Promise<FilePlace> {
      const before = Buffer.from(offset === OPENING.length ? '\n' : ',\n');
      parts.push(before, line);
      const at = { offset: offset + before.length, length: line.length };
      offset += before.length + line.length;
      bytes += line.length;
      if (bytes >= WRITE_BYTES) await flush();
      return at;
    }

    async function flush(): Promise<void> {
      await replacement.write(Buffer.concat(parts));
      parts = [];
      bytes = 0;
    }

    async function copy(old: readonly FilePlace[]): Promise<void> {
      const texts = file ? await readAll(file, old) : old.map(() => undefined);
      for (const text of texts) {
        const at = text ? await write(text) : NOWHERE;
        places.push(at.offset, at.length);
      }
    }

    try {
      let old: FilePlace[] = [];
      for (const line of lines()) {
        if (typeof line !== 'string') old.push(line);
        if (typeof line === 'string' || old.length === READ_LINES) {
          await copy(old);
          old = [];
        }
        if (typeof line === 'string') await write(Buffer.from(seal(line)));
      }
      await copy(old);
      parts.push(Buffer.from(CLOSING));
      await flush();
      if (!(await isOurs()) && (await files.stat(target))) {
        say('warn', `${name} was changed by somebody else, which only data.json may be. It is written anew; what was there is now ${await setAside()}.`);
      }
      await place(replacement, offset, () => moved(placeOf));
    } catch (error) {
      await replacement.abandon();
      throw error;
    }

    function placeOf(number: number): FilePlace | undefined {
      const [at = NaN, length = NaN] = [places[2 * number], places[2 * number + 1]];
      return Number.isNaN(at) ? undefined : { offset: at, length };
    }
  }

  async function open(begin: () => LineVisitor): Promise<void> {
    await removeLeftovers(files, path.dirname(target), (entry) => entry === name);
    // A Nester killed after a rename left it to us to make the new name safe.
    await files.syncFolder(path.dirname(target));
    const facts = await files.stat(target);
    if (facts && facts.kind !== 'file') {
      say('warn', `${name} is a ${facts.kind}, which Nester does not follow. It is now ${await setAside()}.`);
    }
    if (facts?.kind === 'file') await read(facts, begin);
    opened = true;
  }

  async function read(facts: FileFacts, begin: () => LineVisitor): Promise<void> {
    const handle = await files.open(target, 'update');
    const scan = await scanArrayFile(handle, begin()).catch(async (error: unknown) => {
      await handle.close().catch(() => undefined);
      throw error;
    });
    if (scan.good === 0) {
      await handle.close();
      if (facts.size > OPENING.length + CLOSING.length) {
        say('warn', `${name} holds no line that Nester finished. What was there is now ${await setAside()}.`);
      }
      await create();
      return;
    }
    const file: OpenFile = { handle, inode: facts.inode, size: facts.size, body: scan.body, holds: 0, retired: false };
    current = file;
    if (scan.damage) await rescue(file, scan.damage.line, scan.good, begin);
    else if (!scan.whole) {
      await close(file);
      if (facts.size > file.size) say('info', `${name}: ${facts.size - file.size} bytes of an unfinished line at its end were cut off`);
    }
  }

  /** Sets a damaged file aside, and goes on with what is good of it. */
  async function rescue(file: OpenFile, line: number, good: number, begin: () => LineVisitor): Promise<void> {
    const places: FilePlace[] = [];
    await scanArrayFile(file.handle, (_line, at) => void places.push(at));
    const aside = await setAside();
    await rewrite(() => places, () => undefined);
    say('warn', `${name} is damaged at line ${line}; its ${good} good lines were kept. What was there is now ${aside}.`);
    const visit = begin();
    if (current) await scanArrayFile(current.handle, visit);
  }

  function hold(file: OpenFile | undefined): LineHold {
    if (file) file.holds++;
    let released = false;
    return {
      async read(places) {
        if (!file) return places.map(() => undefined);
        return (await readAll(file, places)).map((line) => line?.toString());
      },
      share: () => hold(file),
      release() {
        if (released || !file) return;
        released = true;
        file.holds--;
        letGo(file);
      },
    };
  }

  return {
    open: (begin) => inTurn(() => open(begin)),
    append: (lines, added) => inTurn(() => append(lines, added)),
    hold: () => hold(current),
    rewrite: (lines, moved) =>
      inTurn(() => {
        mustBeOpen();
        return rewrite(lines, moved);
      }),
    size: () => current?.size ?? 0,
    close: () =>
      inTurn(async () => {
        opened = false;
        await current?.handle.close();
        current = undefined;
      }),
  };
}

function never(): never {
  throw new Error('BUG: a place beyond the last');
}
