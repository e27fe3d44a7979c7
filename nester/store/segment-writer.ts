import { type FileHandle, type FilePort, writeFully } from './file-port.ts';
import { errorCode } from './log-error.ts';
import { createReserve } from './segment-reserve.ts';
import { encodeHeader, type Segment, segmentPath } from './segment.ts';

/**
 * Appends to the newest segment, and begins new ones.
 *
 * What holds at every moment: the bytes up to `size` are durable, and behind them stands at
 * most one batch that nobody was told about, and then nothing but the reserve's zeros. A write that failed is cut off again before
 * anything else is written. A sync that failed may have dropped what it should have written
 * while later syncs of the same file report success; so after it the segment is cut back and
 * never written again, and a new one is begun. As long as the cutting fails, so do all writes;
 * each tries again.
 */
export interface SegmentWriter {
  /** Makes lines durable. `nextSeq` is their first sequence number, should they begin a segment. */
  write(lines: Uint8Array, nextSeq: number): Promise<{ segment: Segment; start: number }>;
  /** Begins a new segment, unless the newest holds nothing. */
  seal(nextSeq: number): Promise<void>;
  /** The segment that is written to, if there is one. */
  active(): Segment | undefined;
  close(): Promise<void>;
}

export interface SegmentWriterDeps {
  files: FilePort;
  folder: string;
  epoch: string;
  /** A segment is not made longer than this, unless a single batch is. */
  segmentBytes: number;
  /** Room made at a time for lines to come; 0 makes none. */
  reserveBytes: number;
  /** The segment to go on with, opened for writing, and whole. */
  last: { segment: Segment; handle: FileHandle } | undefined;
  /** Number of the next segment to begin. */
  nextNumber: number;
  /** A new segment is there, and durable. */
  onBegin: (segment: Segment) => void;
}

export function createSegmentWriter(deps: SegmentWriterDeps): SegmentWriter {
  const { files, folder, epoch, segmentBytes, onBegin } = deps;
  const reserve = createReserve(deps.reserveBytes);
  let active = deps.last;
  let nextNumber = deps.nextNumber;
  /** What stands behind `size` must go before the next write. */
  let dirty = false;
  /** The active segment must not be written any more. */
  let abandoned = false;
  /** A segment that could not be begun may have left its file. */
  let leftover: string | undefined;

  /** Cuts off what a failed write left. Rejects when that fails, too. */
  async function cutBack(): Promise<void> {
    if (!dirty || !active) return;
    reserve.gone();
    await active.handle.truncate(active.segment.size);
    await sync(active.handle);
    dirty = false;
  }

  /** A segment that is not written any more gives its reserve back. Recovery knows one that could not. */
  async function end({ segment, handle }: { segment: Segment; handle: FileHandle }): Promise<void> {
    try {
      if (reserve.end() > segment.size) {
        await handle.truncate(segment.size);
        await handle.datasync();
      }
    } finally {
      await handle.close();
    }
  }

  async function sync(handle: FileHandle): Promise<void> {
    try {
      await handle.datasync();
    } catch (error) {
      abandoned = true;
      throw error;
    }
  }

  /** In order: the file, its header, its entry in the folder. Only then anything goes into it. */
  async function begin(nextSeq: number): Promise<{ segment: Segment; handle: FileHandle }> {
    if (leftover !== undefined) {
      await files.unlink(leftover).catch((error: unknown) => {
        if (errorCode(error) !== 'ENOENT') throw error;
      });
      leftover = undefined;
    }
    const number = nextNumber;
    const path = segmentPath(folder, number);
    const handle = await files.open(path, 'exclusive').catch((error: unknown) => {
      // A file that was there before is not ours to remove.
      if (errorCode(error) !== 'EEXIST') leftover = path;
      throw error;
    });
    leftover = path;
    const header = encodeHeader({ epoch, number, nextSeq });
    try {
      await writeFully(handle, header, 0);
      await handle.datasync();
      await files.syncFolder(folder);
    } catch (error) {
      await handle.close().catch(() => undefined);
      await files.unlink(path).then(
        () => (leftover = undefined),
        () => undefined,
      );
      throw error;
    }
    leftover = undefined;
    // All it holds is durable: an error on closing loses nothing.
    if (active) await end(active).catch(() => undefined);
    reserve.gone();
    const segment: Segment = { number, path, size: header.length, firstSeq: 0, lastSeq: 0, controls: 0 };
    active = { segment, handle };
    nextNumber++;
    abandoned = false;
    onBegin(segment);
    return active;
  }

  return {
    async write(lines, nextSeq) {
      await cutBack();
      const full = active !== undefined && active.segment.lastSeq > 0 && active.segment.size + lines.length > segmentBytes;
      const to = active === undefined || full || abandoned ? await begin(nextSeq) : active;
      const start = to.segment.size;
      try {
        await reserve.write(to.handle, lines, start);
        await sync(to.handle);
      } catch (error) {
        dirty = true;
        // At once, so that no crash brings back what is about to be refused; else before the next write.
        await cutBack().catch(() => undefined);
        throw error;
      }
      to.segment.size += lines.length;
      return { segment: to.segment, start };
    },
    async seal(nextSeq) {
      await cutBack();
      if (active && active.segment.lastSeq > 0) await begin(nextSeq);
    },
    active: () => active?.segment,
    async close() {
      const last = active;
      try {
        await cutBack();
      } finally {
        active = undefined;
        if (last) await end(last);
      }
    },
  };
}
