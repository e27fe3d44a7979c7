import { crc32 } from 'node:zlib';
import { joinedCrc, shortCrc } from './crc-combine.ts';
import { writeHex } from '../../protocol/digits.ts';
import type { LogEvent, LogRecord } from './log.ts';
import { CRC_BYTES, isReport, jsonOf, LINE_BREAK, LINE_BYTES, NO_PLACE, SPACE, writeHeader } from './log-line.ts';

/** Lines on their way to a segment, encoded one behind the other. */
export interface LineBatch {
  /** Encodes an event as the next line. Throws `BUG: ...` for an event that could not be read back. */
  add(seq: number, event: LogEvent): void;
  /** Number of lines. */
  count(): number;
  /** Bytes of all lines. */
  size(): number;
  /** Takes back what was added after the batch held so many lines. */
  cut(count: number): void;
  /** All lines. A view: of no more use after `clear`. */
  bytes(): Uint8Array;
  /** What the lines are, once they stand in `segment` from byte `start` on. */
  records(segment: number, start: number): LogRecord[];
  summary(): BatchSummary;
  clear(): void;
}

export interface BatchSummary {
  /** 0 when there are no lines. */
  firstSeq: number;
  lastSeq: number;
  /** Lines that are not reports. */
  controls: number;
  /** Of the last `mirrored` event; 0 if there is none. */
  mirroredSeq: number;
}

interface Line {
  seq: number;
  event: LogEvent;
  /** Of the line and of its JSON in the batch. */
  start: number;
  jsonStart: number;
  jsonLength: number;
  crc: number;
}

/** A buffer that grew beyond this is given back after use. */
const KEPT_BYTES = 4 * 1024 * 1024;
const FIRST_BYTES = 64 * 1024;

export function createLineBatch(): LineBatch {
  let buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  let used = 0;
  let lines: Line[] = [];

  function reserve(bytes: number): void {
    if (used + bytes <= buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(buffer.length * 2, used + bytes));
    buffer.copy(grown, 0, 0, used);
    buffer = grown;
  }

  return {
    add(seq, event) {
      const json = jsonOf(event);
      // A UTF-16 unit takes at most 3 bytes.
      reserve(LINE_BYTES + json.length * 3);
      const start = used;
      const jsonStart = writeHeader(buffer, start + CRC_BYTES + 1, seq, event);
      const at = jsonStart + buffer.write(json, jsonStart);
      const jsonBytes = buffer.subarray(jsonStart, at);
      const jsonCrc = crc32(jsonBytes);
      const crc = joinedCrc(shortCrc(buffer, start + CRC_BYTES + 1, jsonStart), jsonCrc, jsonBytes.length);
      buffer[writeHex(buffer, start, crc)] = SPACE;
      buffer[at] = LINE_BREAK;
      used = at + 1;
      lines.push({ seq, event, start, jsonStart, jsonLength: at - jsonStart, crc: jsonCrc });
    },
    count: () => lines.length,
    size: () => used,
    cut(count) {
      used = lines[count]?.start ?? used;
      lines.length = Math.min(count, lines.length);
    },
    bytes: () => buffer.subarray(0, used),
    records: (segment, start) =>
      lines.map(({ seq, event, jsonStart, jsonLength, crc }) =>
        isReport(event)
          ? { seq, event, crc, place: { segment, offset: start + jsonStart, length: jsonLength } }
          : { seq, event, crc: 0, place: NO_PLACE },
      ),
    summary: () => ({
      firstSeq: lines[0]?.seq ?? 0,
      lastSeq: lines.at(-1)?.seq ?? 0,
      controls: lines.filter(({ event }) => !isReport(event)).length,
      mirroredSeq: lines.findLast(({ event }) => event.type === 'mirrored')?.seq ?? 0,
    }),
    clear() {
      if (buffer.length > KEPT_BYTES) buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
      used = 0;
      lines = [];
    },
  };
}
