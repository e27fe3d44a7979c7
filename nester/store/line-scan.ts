import type { FileHandle } from './file-port.ts';

/** What goes through a file line by line. */
export interface LineVisitor {
  /**
   * The line in `bytes` from `start` up to `end`, where its line break is; in the file it
   * begins at `position`. `whole`: it has a line break. `bytes` are of no more use after the call.
   */
  line(bytes: Buffer, start: number, end: number, position: number, whole: boolean): void;
  /** After the lines of each chunk; the next is read when it has resolved. */
  chunk(): void | Promise<void>;
}

export const CHUNK_BYTES = 1024 * 1024;

const LINE_BREAK = 0x0a;

/**
 * Visits the lines of the first `size` bytes of a file, a chunk at a time, so that other work
 * gets its turn between chunks. What the disk cannot read comes as zeros. Resolves to the
 * ranges of what it could not.
 */
export async function scanLines(handle: FileHandle, size: number, visitor: LineVisitor, chunkBytes = CHUNK_BYTES): Promise<[number, number][]> {
  const unreadable: [number, number][] = [];
  let bytes = Buffer.allocUnsafeSlow(Math.min(chunkBytes, Math.max(size, 1)));
  /** Position in the file of the first byte of `bytes`, and how many bytes are in it. */
  let base = 0;
  let held = 0;
  while (base + held < size) {
    const wanted = Math.min(bytes.length - held, size - base - held);
    const came = await readOrZero(handle, bytes, held, wanted, base + held, unreadable);
    if (came === 0) break;
    const searched = held;
    held += came;
    let start = 0;
    for (let end = breakIn(bytes, searched, held); end !== -1; end = breakIn(bytes, start, held)) {
      visitor.line(bytes, start, end, base + start, true);
      start = end + 1;
    }
    await visitor.chunk();
    bytes.copyWithin(0, start, held);
    base += start;
    held -= start;
    if (held === bytes.length) {
      const grown = Buffer.allocUnsafeSlow(bytes.length * 2);
      bytes.copy(grown, 0, 0, held);
      bytes = grown;
    }
  }
  if (held > 0) {
    visitor.line(bytes, 0, held, base, false);
    await visitor.chunk();
  }
  return unreadable;
}

function breakIn(bytes: Buffer, from: number, held: number): number {
  const at = bytes.indexOf(LINE_BREAK, from);
  return at < held ? at : -1;
}

/** The unit in which a disk fails. */
const BLOCK_BYTES = 4096;

async function readOrZero(
  handle: FileHandle,
  into: Buffer,
  offset: number,
  length: number,
  position: number,
  unreadable: [number, number][],
): Promise<number> {
  try {
    return await handle.read(into, offset, length, position);
  } catch (error) {
    if (!isReadError(error)) throw error;
  }
  const block = Math.min(length, BLOCK_BYTES - (position % BLOCK_BYTES));
  try {
    return await handle.read(into, offset, block, position);
  } catch (error) {
    if (!isReadError(error)) throw error;
    into.fill(0, offset, offset + block);
    const last = unreadable.at(-1);
    if (last?.[1] === position) last[1] = position + block;
    else unreadable.push([position, position + block]);
    return block;
  }
}

function isReadError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EIO';
}
