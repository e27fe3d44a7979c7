import { type FileHandle, writeFully } from './file-port.ts';

/**
 * Room for lines to come, in the file that is appended to: zeros behind its last line.
 *
 * Syncing bytes that lie over others needs only those bytes on the disk. Syncing a file that
 * grew needs its new size and blocks there, too, and most file systems write a journal for
 * that: on ext4 it takes twice the time and twice the processor. So a write that reaches beyond
 * what is reserved brings the next piece of reserve with it, and the many after it bring nothing.
 */
export interface Reserve {
  /**
   * Writes lines at `start`, where the last ones ended, and behind them a new reserve when the
   * old one was too small. On a disk too full for that, the lines alone. Nothing is synced.
   */
  write(handle: FileHandle, lines: Uint8Array, start: number): Promise<void>;
  /** Where the reserve ends; 0 when there is none. */
  end(): number;
  /** The file was cut, or is another one. */
  gone(): void;
}

export function createReserve(reserveBytes: number): Reserve {
  const zeros = Buffer.alloc(reserveBytes);
  let end = 0;
  return {
    async write(handle, lines, start) {
      const linesEnd = start + lines.length;
      await writeFully(handle, lines, start);
      if (linesEnd <= end || reserveBytes === 0) return;
      try {
        await writeFully(handle, zeros, linesEnd);
        end = linesEnd + reserveBytes;
      } catch {
        // Nearly full: what there is of it must not be taken for lines, nor keep room from them.
        end = 0;
        await handle.truncate(linesEnd);
      }
    },
    end: () => end,
    gone() {
      end = 0;
    },
  };
}

const CHUNK_BYTES = 64 * 1024;

/** Where the content of a file of `size` bytes ends and zeros begin, if it ends in zeros. */
export async function contentEnd(handle: FileHandle, size: number): Promise<number> {
  const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, size));
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - chunk.length);
    // What cannot be read counts as content, which is looked at closely.
    const came = await handle.read(chunk, 0, end - start, start).catch(() => 0);
    if (came < end - start) return end;
    for (let at = came - 1; at >= 0; at--) if (chunk[at] !== 0) return start + at + 1;
    end = start;
  }
  return 0;
}
