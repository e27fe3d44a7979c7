import type { DataFile } from './data-file.ts';
import type { FileFacts, FileHandle, FilePort } from './file-port.ts';
import { type KnownBody, matchLines } from './line-match.ts';
import type { ReportIndex } from './report-index.ts';

export interface ResumeDeps {
  files: FilePort;
  path: string;
  file: DataFile;
  index: ReportIndex;
  /** What the file held when that was last noted in the log. */
  noted: KnownBody | undefined;
  /** Since then nothing was removed, replaced or moved. */
  undisturbed: boolean;
}

/**
 * Goes on with data.json as a Nester left it, perhaps killed or cut off in its last write.
 * Resolves to the sequence number of the last report it has, or to `undefined` when it is not as
 * a Nester leaves it.
 *
 * What it lacks at its end was stored after the last checkpoint: a crash took it, no operator.
 */
export async function resumeDataFile(facts: FileFacts, deps: ResumeDeps): Promise<number | undefined> {
  const { files, path, file, index, noted, undisturbed } = deps;
  const handle = await files.open(path, 'read');
  try {
    const { lastSeq, body, closed } = await matchLines(handle, index, undisturbed ? noted : undefined);
    const lacksNoted = index.bySeq(lastSeq, noted?.through ?? 0).next().done !== true;
    if (lacksNoted) return undefined;
    if (closed) {
      await file.adopt(facts.size, body);
    } else {
      if (lastSeq === 0 || (await endsInBracket(handle, facts.size))) return undefined;
      await file.mend(body);
    }
    return lastSeq;
  } finally {
    await handle.close();
  }
}

/** Whether the last byte that is not white space is the end of an array: a cut leaves none. */
async function endsInBracket(handle: FileHandle, size: number): Promise<boolean> {
  const tail = Buffer.alloc(Math.min(size, 64));
  await handle.read(tail, 0, tail.length, size - tail.length);
  return tail.toString('latin1').trimEnd().endsWith(']');
}
