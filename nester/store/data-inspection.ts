import { sameFile } from './data-file.ts';
import { type EditScan, scanEdits } from './edit-scan.ts';
import type { FileFacts, FilePort } from './file-port.ts';
import type { ReportIndex } from './report-index.ts';

/** What stands at data.json's path, when it is not what Nester wrote. */
export type Inspection = (EditScan & { ok: true }) | Accident;

/** Not an operator's will: a file that is gone, empty, cut, not valid, or no file. */
export interface Accident {
  ok: false;
  /** The predicate of a sentence that begins with "data.json". */
  what: string;
  /** There is something to set aside. */
  keep: boolean;
}

export interface InspectionOptions {
  nowMs: number;
  /** The file held reports before: an array without any is an accident then. */
  heldReports: boolean;
  leftovers: ReadonlySet<string>;
}

/** Reads the file as an edit of the index. Rejects when it cannot be read at all. */
export async function inspect(
  files: FilePort,
  path: string,
  index: ReportIndex,
  { nowMs, heldReports, leftovers }: InspectionOptions,
): Promise<Inspection> {
  const facts = await files.stat(path);
  if (!facts) return { ok: false, what: 'was deleted', keep: false };
  // A link or pipe is never read: what it leads to is not ours to copy.
  if (facts.kind !== 'file') return { ok: false, what: `is a ${facts.kind}, which Nester does not follow`, keep: true };
  if (facts.size === 0) return { ok: false, what: 'was emptied', keep: false };
  const handle = await files.open(path, 'read');
  try {
    const scan = await scanEdits(handle, { index, nowMs, leftovers });
    if (!scan.ok) return { ok: false, what: `is not valid at line ${scan.line}: ${scan.message}`, keep: true };
    if (scan.count === 0 && heldReports) return { ok: false, what: 'was emptied', keep: false };
    return scan;
  } finally {
    await handle.close();
  }
}

/**
 * Keeps what an accident left, where there is anything to keep, under a name of its own, and
 * says what happened and what to do about it. Where the file system can, the file keeps its old
 * name too, until the new one takes it: readers find a data.json at any moment.
 */
export async function setAside(files: FilePort, path: string, accident: Accident, nowMs: number, reports: number): Promise<string> {
  let kept = '';
  if (accident.keep) {
    const aside = `${path}.rejected-${new Date(nowMs).toISOString().replaceAll(':', '-')}`;
    const isFile = (await files.stat(path))?.kind === 'file';
    await (isFile ? files.link(path, aside).catch(() => files.rename(path, aside)) : files.rename(path, aside));
    kept = ` What was there is now ${aside}.`;
  }
  return (
    `data.json ${accident.what}. It is written anew from the log, with ${reports} reports.${kept}` +
    ' To really start empty, stop Nester and run "nester reset".'
  );
}

/** Facts of the path once they have not changed for `ms`. */
export async function whenStill(
  files: FilePort,
  path: string,
  pause: (ms: number) => Promise<void>,
  ms: number,
): Promise<FileFacts | undefined> {
  let facts = await files.stat(path);
  for (;;) {
    await pause(ms);
    const later = await files.stat(path);
    if (sameFacts(facts, later)) return later;
    facts = later;
  }
}

export function sameFacts(a: FileFacts | undefined, b: FileFacts | undefined): boolean {
  return a && b ? sameFile(a, b) : a === b;
}

/**
 * Until when the author of an edit can have seen the file, in the file system's time: when the
 * file we wrote was last read; and a file put in its place is no younger than what is in it.
 * Where the file system keeps no times of reading, this is early, and so loses nothing.
 */
export function seenUntil(own: FileFacts | undefined, edited: FileFacts): number {
  if (!own) return 0;
  return own.inode === edited.inode ? own.readMs : Math.min(own.readMs, edited.createdMs || own.readMs);
}
