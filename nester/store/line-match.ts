import { crc32 } from 'node:zlib';
import type { DataFileBody } from './data-file.ts';
import { fileChunks } from './file-chunks.ts';
import type { FileHandle } from './file-port.ts';
import type { ReportIndex } from './report-index.ts';

/**
 * Compares data.json with what Nester would write, without parsing: the quick answer to "has
 * anybody touched it?".
 */
export interface LineMatch {
  /** Sequence number of the last report found in its place; 0: none. */
  lastSeq: number;
  /** Up to here the file is as written: the end of that report's JSON, or of `[`. */
  body: DataFileBody;
  /** After the last matching report came the end of the array, and then nothing. */
  closed: boolean;
}

/** What the log says of the file: these bytes held every live report up to `through`. */
export interface KnownBody extends DataFileBody {
  through: number;
}

const LF = 0x0a;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const CHUNK_BYTES = 1024 * 1024;

/**
 * `index` holds the reports that the file should have, in this order. The bytes of `known`
 * are compared by their CRC as a whole; what follows, or everything if they are not the same,
 * line by line. Rejects when the file cannot be read.
 */
export async function matchLines(handle: FileHandle, index: ReportIndex, known: KnownBody | undefined): Promise<LineMatch> {
  const whole = known !== undefined && (await crcOf(handle, known.bytes)) === known.crc;
  const match: LineMatch = whole
    ? { lastSeq: known.through, body: { bytes: known.bytes, crc: known.crc }, closed: false }
    : { lastSeq: 0, body: { bytes: 0, crc: 0 }, closed: false };
  const expected = eachSeq(index, match.lastSeq);
  let next = expected.next();
  let rest: Buffer = Buffer.alloc(0);
  /** Position in the file of the first byte of `rest`. */
  let position = whole ? known.bytes : 0;
  let lineNumber = 0;

  function accept(bytes: Buffer, end: number): void {
    match.body = { bytes: end, crc: crc32(bytes, match.body.crc) };
  }

  /** Takes one line without its line feed; `false`: from here on the file is not ours. */
  function take(line: Buffer, start: number): boolean {
    lineNumber++;
    // What is left of the last known line: its comma, or nothing.
    if (lineNumber === 1 && whole) return line.length === 0 || (line.length === 1 && line[0] === COMMA);
    if (lineNumber === 1) {
      accept(line, start + line.length);
      return line.length === 1 && line[0] === OPEN_ARRAY;
    }
    if (match.closed) return false;
    if (line.length === 1 && line[0] === CLOSE_ARRAY) {
      match.closed = true;
      return true;
    }
    if (next.done === true) return false;
    const json = line[line.length - 1] === COMMA ? line.subarray(0, line.length - 1) : line;
    const { place, crc } = index.row(next.value);
    if (json.length !== place.length || crc32(json) !== crc) return false;
    accept(Buffer.from(match.lastSeq === 0 ? '\n' : ',\n'), match.body.bytes);
    accept(json, start + json.length);
    match.lastSeq = next.value;
    next = expected.next();
    return true;
  }

  for await (const chunk of fileChunks(handle, CHUNK_BYTES, position)) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    for (let end = bytes.indexOf(LF); end !== -1; end = bytes.indexOf(LF, from)) {
      if (!take(bytes.subarray(from, end), position + from)) return { ...match, closed: false };
      from = end + 1;
    }
    rest = Buffer.from(bytes.subarray(from));
    position += from;
  }
  if (rest.length === 0) return match;
  // A last line without its end may be whole otherwise.
  take(rest, position);
  return { ...match, closed: false };
}

/** CRC-32 of the first `bytes` bytes; `undefined` when the file is shorter. */
async function crcOf(handle: FileHandle, bytes: number): Promise<number | undefined> {
  let crc = 0;
  let left = bytes;
  for await (const chunk of fileChunks(handle, CHUNK_BYTES)) {
    const part = chunk.length > left ? chunk.subarray(0, left) : chunk;
    crc = crc32(part, crc);
    left -= part.length;
    if (left === 0) return crc;
  }
  return left === 0 ? crc : undefined;
}

function* eachSeq(index: ReportIndex, after: number): Generator<number, undefined> {
  for (const batch of index.bySeq(after, index.last())) yield* batch;
  return undefined;
}
