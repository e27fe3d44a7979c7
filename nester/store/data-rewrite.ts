import { crc32 } from 'node:zlib';
import { DATA_FILE_FRAME, type DataFileBody } from './data-file.ts';
import { createDurableReplacement, type DurableReplacement } from './durable-replace.ts';
import type { FilePort } from './file-port.ts';
import type { Log } from './log.ts';
import type { ReportIndex } from './report-index.ts';

/**
 * A new data.json from the index and the log, written while reports keep coming: the file in
 * place stays current until the very end.
 */
export interface DataRewrite {
  /** Writes what the index has beyond what is written already; call again to catch up. */
  catchUp(): Promise<void>;
  /** Syncs, so that little is left to sync when it takes its place. */
  sync(): Promise<void>;
  /** Closes the array. The replacement is ready to take its place. */
  finish(): Promise<{ replacement: DurableReplacement; body: DataFileBody; through: number }>;
  abandon(): Promise<void>;
}

export function createDataRewrite(files: FilePort, path: string, index: ReportIndex, log: Pick<Log, 'readJoined'>): DataRewrite {
  const replacement = createDurableReplacement(files, path);
  const separator = Buffer.from(DATA_FILE_FRAME.separator);
  const first = Buffer.from(DATA_FILE_FRAME.first);
  let through = 0;
  let crc = 0;
  let empty = true;

  async function write(bytes: Uint8Array): Promise<void> {
    crc = crc32(bytes, crc);
    await replacement.write(bytes);
  }

  async function opened(): Promise<void> {
    if (replacement.size() === 0) await write(Buffer.from(DATA_FILE_FRAME.opening));
  }

  return {
    async catchUp() {
      await opened();
      const end = index.last();
      for (const batch of index.bySeq(through, end)) {
        const places = index.places(batch, end, batch.length);
        if (places.length === 0) continue;
        const joined = await log.readJoined(places, separator);
        if (empty) await write(first);
        await write(empty ? joined.subarray(separator.length) : joined);
        empty = false;
      }
      through = end;
    },
    sync: () => replacement.sync(),
    async finish() {
      await opened();
      const body = { bytes: replacement.size(), crc };
      await replacement.write(Buffer.from(DATA_FILE_FRAME.closing));
      return { replacement, body, through };
    },
    abandon: () => replacement.abandon(),
  };
}
