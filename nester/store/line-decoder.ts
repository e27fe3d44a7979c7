import { crc32 } from 'node:zlib';
import * as z from 'zod';
import { joinedCrc, shortCrc } from './crc-combine.ts';
import type { LogEvent, LogRecord } from './log.ts';
import { CRC_BYTES, NO_PLACE, SPACE } from './log-line.ts';

/** Reads lines of the log back. */
export interface LineDecoder {
  /**
   * The record of the line that stands in `bytes` from `start` up to its line break at `end`,
   * or what is wrong with it. `place` is made with `segment`, and `offset` as the position of
   * the line's first byte.
   */
  decode(bytes: Buffer, start: number, end: number, segment: number, offset: number): LogRecord | BadLine;
}

/** A line that is not one: what was expected and what came. */
export interface BadLine {
  bad: string;
}

const MINUS = 0x2d;
const DIGIT_0 = 0x30;
const LETTER_D = 0x64;
const LETTER_F = 0x66;
const LETTER_K = 0x6b;
const LETTER_M = 0x6d;
const LETTER_R = 0x72;

/** Of `{"node":"`, with which the JSON of every report begins. */
const NODE_AT = 9;

export function createLineDecoder(): LineDecoder {
  const names = createNames();
  /** Behind the number that was read last: its end and the space after it. */
  let next = 0;

  /** Reads a whole number and the space behind it. NaN for anything else. */
  function readNumber(bytes: Buffer, start: number, end: number): number {
    let at = start;
    const negative = bytes[at] === MINUS;
    if (negative) at++;
    const first = at;
    let value = 0;
    for (; at < end; at++) {
      const digit = (bytes[at] ?? 0) - DIGIT_0;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    if (at === first || at - first > 16 || bytes[at] !== SPACE) return NaN;
    next = at + 1;
    return negative ? -value : value;
  }

  return {
    decode(bytes, start, end, segment, offset) {
      const body = start + CRC_BYTES + 1;
      if (end - body < 4 || bytes[body - 1] !== SPACE || bytes[body + 1] !== SPACE) return notALine(bytes, start, end);
      const expected = readHex(bytes, start);
      if (Number.isNaN(expected)) return notALine(bytes, start, end);

      const letter = bytes[body];
      const seq = readNumber(bytes, body + 2, end);
      if (letter !== LETTER_R && letter !== LETTER_K) {
        const came = crc32(bytes.subarray(body, end));
        if (came !== expected) return wrongCrc(expected, came);
        if (!(seq > 0)) return notALine(bytes, start, end);
        const event = controlOf(letter, bytes.toString('utf8', next, end));
        return event ? { seq, event, crc: 0, place: NO_PLACE } : notALine(bytes, start, end);
      }
      const timestampMs = readNumber(bytes, next, end);
      const receivedAtMs = readNumber(bytes, next, end);
      if (!(seq > 0) || Number.isNaN(timestampMs) || Number.isNaN(receivedAtMs)) return notALine(bytes, start, end);
      // One walk through the JSON gives both CRCs: its own, and with that of its head, the line's.
      const crc = crc32(bytes.subarray(next, end));
      const came = joinedCrc(shortCrc(bytes, body, next), crc, end - next);
      if (came !== expected) return wrongCrc(expected, came);
      const node = names.read(bytes, next + NODE_AT, end);
      if (node === undefined) return notALine(bytes, start, end);
      return {
        seq,
        event: { type: letter === LETTER_R ? 'report' : 'keep', node, timestampMs, receivedAtMs, json: '' },
        crc,
        place: { segment, offset: offset + next - start, length: end - next },
      };
    },
  };
}

/** Value of each byte as a hex digit, -1 for what is none. */
const HEX = Int8Array.from({ length: 256 }, (_, byte) => '0123456789abcdef'.indexOf(String.fromCharCode(byte)));

function readHex(bytes: Buffer, start: number): number {
  let value = 0;
  let all = 0;
  for (let at = start; at < start + CRC_BYTES; at++) {
    const digit = HEX[bytes[at] ?? 0] ?? -1;
    all |= digit;
    value = (value << 4) | digit;
  }
  return all < 0 ? NaN : value >>> 0;
}

function wrongCrc(expected: number, came: number): BadLine {
  return { bad: `expected CRC ${hex(expected)} as written, got ${hex(came)} from its bytes` };
}

function hex(crc: number): string {
  return crc.toString(16).padStart(CRC_BYTES, '0');
}

function notALine(bytes: Buffer, start: number, end: number): BadLine {
  const shown = JSON.stringify(bytes.toString('latin1', start, Math.min(end, start + 40)));
  return { bad: `expected "<crc> <type> <seq> ...", got ${shown}${end - start > 40 ? ` and ${end - start - 40} bytes more` : ''}` };
}

const wholeNumber = z.int().nonnegative();
const forget = z.object({ node: z.string() });
const drop = z.object({ ranges: z.array(z.tuple([wholeNumber, wholeNumber])), edit: z.literal(true).optional() });
const mirrored = z.object({ through: wholeNumber, bytes: wholeNumber, crc: wholeNumber });

function controlOf(letter: number | undefined, json: string): LogEvent | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (letter === LETTER_F) return typed('forget', forget.safeParse(value).data);
  if (letter === LETTER_D) return typed('drop', drop.safeParse(value).data);
  if (letter === LETTER_M) return typed('mirrored', mirrored.safeParse(value).data);
  return undefined;
}

function typed<T extends string, D extends object>(type: T, data: D | undefined): ({ type: T } & D) | undefined {
  return data && { type, ...data };
}

/**
 * Names of nodes, read from the bytes of a report's JSON. One string per node is made, not one
 * per report: a name seen before is found by its bytes.
 */
function createNames(): { read(bytes: Buffer, start: number, end: number): string | undefined } {
  const QUOTE = 0x22;
  const BACKSLASH = 0x5c;
  /** By hash; of two names with the same hash, the one that was read last. */
  const known = new Map<number, { bytes: Buffer; name: string }>();

  function parsed(bytes: Buffer, start: number, end: number): string | undefined {
    let at = start;
    for (; at < end && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at++;
    try {
      const name: unknown = JSON.parse(bytes.toString('utf8', start - 1, at + 1));
      return typeof name === 'string' ? name : undefined;
    } catch {
      return undefined;
    }
  }

  return {
    read(bytes, start, end) {
      let hash = 0;
      let at = start;
      for (; at < end; at++) {
        const byte = bytes[at] ?? 0;
        if (byte === QUOTE) break;
        if (byte === BACKSLASH) return parsed(bytes, start, end);
        hash = (Math.imul(hash, 31) + byte) | 0;
      }
      if (at >= end || bytes[start - 1] !== QUOTE) return undefined;
      const found = known.get(hash);
      if (found && same(found.bytes, bytes, start, at)) return found.name;
      const name = bytes.toString('utf8', start, at);
      known.set(hash, { bytes: Buffer.from(bytes.subarray(start, at)), name });
      return name;
    },
  };
}

function same(name: Buffer, bytes: Buffer, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let at = 0; at < name.length; at++) if (name[at] !== bytes[start + at]) return false;
  return true;
}
