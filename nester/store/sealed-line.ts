import { crc32 } from 'node:zlib';

/** `,"crc":"9f3a0c1e"}`: how every sealed line ends. */
const SEAL_BYTES = 18;
const SEAL = /^,"crc":"([0-9a-f]{8})"\}$/;

/** A JSON object with one more member at its end: the CRC-32 of all that stands before it. */
export function seal(json: string): string {
  const text = json.slice(0, -1);
  return `${text},"crc":"${crc32(text).toString(16).padStart(8, '0')}"}`;
}

/** Where the first seal in a line ends; the line's own length where there is none. */
export function sealedEnd(line: Buffer): number {
  // Within a text these quotes would be escaped.
  const at = line.indexOf(',"crc":"');
  return at === -1 ? line.length : Math.min(line.length, at + SEAL_BYTES);
}

/** Whether a line is as it was sealed. */
export function isSealed(line: Uint8Array): boolean {
  const end = line.length - SEAL_BYTES;
  if (end < 1) return false;
  const hex = SEAL.exec(Buffer.from(line.buffer, line.byteOffset + end, SEAL_BYTES).toString('latin1'))?.[1];
  return hex !== undefined && Number.parseInt(hex, 16) === crc32(line.subarray(0, end));
}
