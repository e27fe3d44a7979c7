import type { FileHandle, FilePort } from './file-port.ts';
import { LogError } from './log-error.ts';

/**
 * Open files of segments, shared by all who read. A handle is closed when nobody uses it and
 * either the segment is gone or too many idle ones are open; a segment that is removed or
 * replaced stays readable for those who had it pinned.
 */
export interface SegmentHandles {
  /** From now on the segment is read from `path`; those who have it pinned go on with the old file. */
  put(number: number, path: string): void;
  /** The segment is gone for all who do not have it pinned. */
  remove(number: number): void;
  /** Takes part in a segment until `release`. Throws `NESTER_LOG_GONE` for one that is not there. */
  pin(number: number): Pin;
  /** Closes all; those in use when they are released. */
  close(): Promise<void>;
}

export interface Pin {
  /** Opens the file, if it is not open yet. */
  handle(): Promise<FileHandle>;
  release(): void;
}

interface Shared {
  path: string;
  pins: number;
  handle: Promise<FileHandle> | undefined;
  /** Nobody new may pin it. */
  retired: boolean;
}

/** Idle handles that stay open. */
const IDLE = 32;

export function createSegmentHandles(files: FilePort): SegmentHandles {
  const shared = new Map<number, Shared>();
  /** Open and unpinned, longest idle first. */
  const idle = new Set<Shared>();
  const closing = new Set<Promise<void>>();

  function shut(file: Shared): void {
    const handle = file.handle;
    file.handle = undefined;
    idle.delete(file);
    if (!handle) return;
    // Nothing was written through it: an error on closing loses nothing.
    const done = handle.then((open) => open.close()).catch(() => undefined);
    closing.add(done);
    void done.then(() => closing.delete(done));
  }

  function release(file: Shared): void {
    file.pins--;
    if (file.pins > 0) return;
    if (file.retired) shut(file);
    else if (file.handle) {
      idle.add(file);
      for (const oldest of idle) {
        if (idle.size <= IDLE) break;
        shut(oldest);
      }
    }
  }

  function retire(number: number): void {
    const file = shared.get(number);
    if (!file) return;
    shared.delete(number);
    file.retired = true;
    if (file.pins === 0) shut(file);
  }

  return {
    put(number, path) {
      retire(number);
      shared.set(number, { path, pins: 0, handle: undefined, retired: false });
    },
    remove: retire,
    pin(number) {
      const file = shared.get(number);
      if (!file) throw new LogError('NESTER_LOG_GONE', `segment ${number} of the log is gone`);
      file.pins++;
      idle.delete(file);
      let released = false;
      return {
        handle() {
          file.handle ??= files.open(file.path, 'read').catch((error: unknown) => {
            // The next one tries again.
            file.handle = undefined;
            throw error;
          });
          return file.handle;
        },
        release() {
          if (!released) release(file);
          released = true;
        },
      };
    },
    async close() {
      for (const number of [...shared.keys()]) retire(number);
      await Promise.all(closing);
    },
  };
}
