import path from 'node:path';
import { crc32 } from 'node:zlib';

/**
 * A segment is a file of the log's folder: a header line, then one line per record.
 *
 *     nester-log 1 <epoch> <number> <next seq> <crc>
 *
 * `next seq`: every record in this segment and later ones has at least this sequence number,
 * so that numbers are not given again after all records were removed. The word at the end is
 * the CRC-32 of everything before the space it follows. Later versions keep the first two words
 * and the last one: by them an older Nester knows that it must not touch the file.
 */
export interface SegmentHeader {
  epoch: string;
  number: number;
  nextSeq: number;
}

/** What is known of a segment without reading it. */
export interface Segment {
  readonly number: number;
  readonly path: string;
  /** Bytes of header and whole lines. */
  size: number;
  /** Sequence numbers of the first and last record; both 0 when there is none. */
  firstSeq: number;
  lastSeq: number;
  /** Records that are not reports. */
  controls: number;
}

export const LOG_VERSION = 1;

const MAGIC = 'nester-log';
const NAME = /^(\d{9,15})\.log$/;
const HEADER = /^nester-log 1 ([0-9a-f]{16}) (\d{1,15}) (\d{1,15}) [0-9a-f]{8}$/;

/** A longer first line is no header. */
export const HEADER_BYTES = 128;

export function segmentName(number: number): string {
  return `${String(number).padStart(9, '0')}.log`;
}

export function segmentPath(folder: string, number: number): string {
  return path.join(folder, segmentName(number));
}

/** The number of the segment with this file name; `undefined` for any other file. */
export function segmentNumber(name: string): number | undefined {
  const digits = NAME.exec(name)?.[1];
  if (digits === undefined) return undefined;
  const number = Number(digits);
  return number > 0 && segmentName(number) === name ? number : undefined;
}

export function encodeHeader({ epoch, number, nextSeq }: SegmentHeader): Buffer {
  const text = `${MAGIC} ${LOG_VERSION} ${epoch} ${number} ${nextSeq}`;
  return Buffer.from(`${text} ${crcOf(text)}\n`, 'latin1');
}

/**
 * Reads a segment's first line, without its line break. `newer`: it was written by a Nester
 * with a later format. `undefined`: it is no header, or a damaged one.
 */
export function decodeHeader(line: string): SegmentHeader | { newer: number } | undefined {
  const end = line.lastIndexOf(' ');
  if (end < 0 || crcOf(line.slice(0, end)) !== line.slice(end + 1)) return undefined;
  const version = /^nester-log (\d{1,9}) /.exec(line)?.[1];
  if (version !== undefined && Number(version) > LOG_VERSION) return { newer: Number(version) };
  const [, epoch, number, nextSeq] = HEADER.exec(line) ?? [];
  if (epoch === undefined) return undefined;
  return { epoch, number: Number(number), nextSeq: Number(nextSeq) };
}

function crcOf(text: string): string {
  return crc32(Buffer.from(text, 'latin1')).toString(16).padStart(8, '0');
}
