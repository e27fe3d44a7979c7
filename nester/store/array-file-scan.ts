import { fileChunks } from './file-chunks.ts';
import type { FileHandle } from './file-port.ts';
import type { FilePlace } from './array-file.ts';
import { isSealed, sealedEnd } from './sealed-line.ts';

/** What a file of sealed lines holds. */
export interface ArrayFileScan {
  /** Bytes up to the end of the last good line; or of the opening, where there is none. */
  body: number;
  /** The file is just as it should be, to its last byte. */
  whole: boolean;
  /** What is wrong is followed by good lines: more than the end was lost. `line`: the first of it, from 1. */
  damage: { line: number } | undefined;
  good: number;
}

const CHUNK_BYTES = 256 * 1024;
/** More than any line that is written. */
const LINE_LIMIT_BYTES = 16 * 1024 * 1024;
const LINE_BREAK = 0x0a;
const COMMA = 0x2c;
/** "[\n" and "\n]\n": the array as it is written. */
export const OPENING = '[';
export const CLOSING = '\n]\n';

/** Reads a file of lines, shows the good ones, and gives others their turn between chunks. */
export async function scanArrayFile(handle: FileHandle, visit: (line: Uint8Array, place: FilePlace) => void): Promise<ArrayFileScan> {
  let rest: Buffer = Buffer.alloc(0);
  let offset = 0;
  let number = 0;
  const seen = {
    body: 0,
    good: 0,
    badLine: 0,
    damaged: false,
    /** The good line that was seen last had no comma: nothing may follow but the end. */
    closed: false,
    ended: false,
  };

  function take(line: Buffer): void {
    number++;
    const text = line.toString('latin1', 0, Math.min(line.length, 2));
    if (number === 1 && text === OPENING && line.length === 1) {
      seen.body = 1;
      return;
    }
    if (text === ']' && line.length === 1 && seen.badLine === 0 && !seen.ended) {
      seen.ended = true;
      return;
    }
    // A power cut may leave what stood behind the last record half written over.
    const record = line.subarray(0, sealedEnd(line));
    const rest = line.length - record.length;
    const isGood = seen.body > 0 && isSealed(record);
    if (!isGood || seen.closed || seen.ended) seen.badLine ||= number;
    if (!isGood) return;
    if (seen.badLine > 0) seen.damaged = true;
    else seen.body = offset + record.length;
    const hasComma = rest === 1 && line.at(-1) === COMMA;
    if (rest > 0 && !hasComma) seen.badLine ||= number;
    seen.closed = !hasComma;
    seen.good++;
    visit(record, { offset, length: record.length });
  }

  for await (const chunk of fileChunks(handle, CHUNK_BYTES)) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    let start = 0;
    for (let end = bytes.indexOf(LINE_BREAK); end !== -1; end = bytes.indexOf(LINE_BREAK, start)) {
      take(bytes.subarray(start, end));
      offset += end + 1 - start;
      start = end + 1;
    }
    // The chunk's bytes are the next one's soon.
    rest = Buffer.from(bytes.subarray(start));
    if (rest.length <= LINE_LIMIT_BYTES) continue;
    // No line of ours. What follows of it is no line either.
    seen.badLine ||= number + 1;
    offset += rest.length;
    rest = Buffer.alloc(0);
  }
  const { body, good, badLine, damaged, closed, ended } = seen;
  const whole = badLine === 0 && ended && rest.length === 0 && (closed || good === 0);
  return { body, whole, damage: damaged ? { line: badLine } : undefined, good };
}
