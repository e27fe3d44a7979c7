import type { FileHandle } from './file-port.ts';

/**
 * Reads a file from `start` to its end in chunks. Each chunk is valid until the next is asked for:
 * all share one buffer, so a file of any size costs `chunkBytes`.
 */
export async function* fileChunks(handle: FileHandle, chunkBytes: number, start = 0): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafe(chunkBytes);
  for (let position = start; ; ) {
    const count = await handle.read(buffer, 0, buffer.length, position);
    if (count === 0) return;
    position += count;
    yield buffer.subarray(0, count);
  }
}
