import { crc32 } from 'node:zlib';
import type { FileHandle } from '../store/file-port.ts';
import { scanLines } from '../store/line-scan.ts';

/**
 * Lines of JSON that tell whether they are whole:
 *
 *     <crc> {"node":"lyon-01",...}
 *
 * `crc` is the CRC-32 (as in zlib, 8 hex digits) of the JSON. The first line is a header that
 * says what the file is.
 */
const CRC_DIGITS = 8;

export function crcLine(json: string): string {
  return `${crc32(json).toString(16).padStart(CRC_DIGITS, '0')} ${json}\n`;
}

export interface LinesFound {
  /** Bytes of the lines that are whole. */
  bytes: number;
  /** The first that is not. */
  firstBad: { line: number; position: number } | undefined;
  /** The file begins with the header of another kind, or version: nothing was taken. */
  isForeign: boolean;
}

/** Hands every line that is whole to `take`, but for the header. */
export async function readCrcLines(handle: FileHandle, size: number, header: string, take: (json: string) => void): Promise<LinesFound> {
  const found: LinesFound = { bytes: 0, firstBad: undefined, isForeign: false };
  let line = 0;
  await scanLines(handle, size, {
    line(bytes, start, end, position, whole) {
      line++;
      const json = whole ? jsonOf(bytes, start, end) : undefined;
      if (json === undefined) {
        found.firstBad ??= { line, position };
        return;
      }
      found.bytes += end - start + 1;
      if (line === 1) found.isForeign = json !== header;
      else if (!found.isForeign) take(json);
    },
    chunk: () => undefined,
  });
  return found;
}

function jsonOf(bytes: Buffer, start: number, end: number): string | undefined {
  const from = start + CRC_DIGITS + 1;
  if (from >= end || bytes[from - 1] !== 0x20) return undefined;
  const crc = bytes.toString('latin1', start, from - 1);
  const json = bytes.subarray(from, end);
  return crc === crc32(json).toString(16).padStart(CRC_DIGITS, '0') ? json.toString() : undefined;
}
