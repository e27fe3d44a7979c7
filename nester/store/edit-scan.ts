import { crc32 } from 'node:zlib';
import { createArrayScanner, type ScannedItem } from './array-scanner.ts';
import { fileChunks } from './file-chunks.ts';
import type { FileHandle } from './file-port.ts';
import type { ReportIndex } from './report-index.ts';
import { createSeqSet, type SeqSet } from './seq-set.ts';
import { decodeStored, identityKey, type SerialisedReport } from './stored-report.ts';

/** What a data.json that somebody else wrote says, next to what Nester keeps. */
export type EditScan =
  | {
      ok: true;
      /** Reports of the index that the file has, as they are. */
      present: SeqSet;
      /** The highest of them: whoever wrote the file had seen this one. */
      newestPresent: number;
      /** Reports that are new, or differ from what is kept under their identity. */
      added: SerialisedReport[];
      /** How many reports the file has. */
      count: number;
    }
  | { ok: false; line: number; message: string };

export interface EditScanOptions {
  index: ReportIndex;
  /** Time of reports that have none, each 1 ms more. */
  nowMs: number;
  /** Identities removed from the log lately: the file may still have them, and that adds nothing. */
  leftovers: ReadonlySet<string>;
}

/** More than any report in any layout needs. */
const ITEM_LIMIT_BYTES = 4 * 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;

/**
 * Reads the file element by element; yields to the event loop between chunks. A file with any
 * element that is not a report is refused as a whole, with the line: half an edit is no edit.
 */
export async function scanEdits(handle: FileHandle, options: EditScanOptions): Promise<EditScan> {
  const { index } = options;
  const scanner = createArrayScanner(ITEM_LIMIT_BYTES);
  const first = firstSeq(index);
  const present = createSeqSet(first, index.last());
  const added = new Map<string, SerialisedReport>();
  let newestPresent = 0;
  let count = 0;
  let untimed = 0;

  function take({ text, line }: ScannedItem): { line: number; message: string } | undefined {
    count++;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      return { line, message: `not valid JSON: ${error instanceof Error ? error.message : String(error)}` };
    }
    const unchanged = seqOfUnchanged(index, value, text);
    if (unchanged !== 0) {
      keep(unchanged);
      return undefined;
    }
    const decoded = decodeStored(value, options.nowMs + untimed);
    if (!decoded.ok) {
      const reasons = decoded.errors.map(({ path, message }) => `${path === '' ? 'report' : path}: ${message}`);
      return { line, message: reasons.join('; ') };
    }
    const { report, timestampMs, json } = decoded.value;
    // Several reports without a time must not become one.
    if (timestampMs === options.nowMs + untimed) untimed++;
    const seq = index.find(report.node, timestampMs);
    if (seq !== 0 && index.row(seq).crc === crc32(json)) keep(seq);
    else if (seq !== 0 || !options.leftovers.has(identityKey(report.node, timestampMs))) {
      // A changed report is present too: the new version takes its place.
      if (seq !== 0) keep(seq);
      added.set(identityKey(report.node, timestampMs), decoded.value);
    }
    return undefined;
  }

  function keep(seq: number): void {
    present.add(seq);
    newestPresent = Math.max(newestPresent, seq);
  }

  for await (const chunk of fileChunks(handle, CHUNK_BYTES)) {
    const scanned = scanner.push(chunk);
    if (!scanned.ok) return scanned;
    for (const item of scanned.items) {
      const fault = take(item);
      if (fault) return { ok: false, ...fault };
    }
  }
  const ended = scanner.end();
  if (!ended.ok) return ended;
  return { ok: true, present, newestPresent, added: [...added.values()], count };
}

/** The sequence number of the report with exactly this text, or 0. */
function seqOfUnchanged(index: ReportIndex, value: unknown, text: string): number {
  if (typeof value !== 'object' || value === null || !('node' in value) || !('timestamp' in value)) return 0;
  if (typeof value.node !== 'string' || typeof value.timestamp !== 'string') return 0;
  const seq = index.find(value.node, Date.parse(value.timestamp));
  return seq !== 0 && index.row(seq).crc === crc32(text) ? seq : 0;
}

function firstSeq(index: ReportIndex): number {
  for (const batch of index.bySeq(0, index.last())) return batch[0] ?? 1;
  return 1;
}
