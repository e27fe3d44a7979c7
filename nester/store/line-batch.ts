import { crc32 } from 'node:zlib';
import { joinedCrc, shortCrc } from './crc-combine.ts';
import { writeHex } from '../../protocol/digits.ts';
import { withRoom } from '../room.ts';
import type { LogEvent, LogRecord, ReportText } from './log.ts';
import { CRC_BYTES, isReport, jsonOf, LINE_BREAK, LINE_BYTES, NO_PLACE, SPACE, writeHeader } from './log-line.ts';

/** Lines on their way to a segment, encoded one behind the other. */
export interface LineBatch {
  /** Encodes an event as the next line. Throws `BUG: ...` for an event that could not be read back. `text`: as of `Log.join`. */
  add(seq: number, event: LogEvent, text?: ReportText): void;
  /** Number of lines. */
  count(): number;
  /** Bytes of all lines. */
  size(): number;
  /** Takes back what was added after the batch held so many lines. */
  cut(count: number): void;
  /** All lines. A view: of no more use after `clear`. */
  bytes(): Uint8Array;
  /** What the lines are, once they stand in `segment` from byte `start` on. Their JSON is a view, too. */
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

/**
 * What is known of a line, in numbers and not in an object: there would be thousands that live just
 * long enough to be copied by the collector of garbage.
 */
const SEQ = 0;
const START = 1;
const JSON_START = 2;
const JSON_CRC = 3;
const NUMBERS = 4;
const FIRST_LINES = 128;

/** A buffer that grew beyond this is given back after use. */
const KEPT_BYTES = 4 * 1024 * 1024;
const FIRST_BYTES = 64 * 1024;

export function createLineBatch(): LineBatch {
  let buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  let used = 0;
  let events: LogEvent[] = [];
  /** Views of their JSON, for all who copy it. */
  let jsons: Buffer[] = [];
  let numbers = new Float64Array(NUMBERS * FIRST_LINES);

  const numberOf = (line: number, which: number): number => numbers[line * NUMBERS + which] ?? NaN;
  const seqOf = (line: number): number => (events[line] ? numberOf(line, SEQ) : 0);

  function note(line: number, seq: number, start: number, jsonStart: number, jsonCrc: number): void {
    const at = line * NUMBERS;
    if (at === numbers.length) {
      const grown = new Float64Array(2 * at);
      grown.set(numbers);
      numbers = grown;
    }
    numbers[at + SEQ] = seq;
    numbers[at + START] = start;
    numbers[at + JSON_START] = jsonStart;
    numbers[at + JSON_CRC] = jsonCrc;
  }

  function recordOf(event: LogEvent, line: number, segment: number, start: number): LogRecord {
    const seq = numberOf(line, SEQ);
    const json = jsons[line];
    if (!json || !isReport(event)) return { seq, event, crc: 0, place: NO_PLACE };
    const place = { segment, offset: start + numberOf(line, JSON_START), length: json.length };
    return { seq, event, crc: numberOf(line, JSON_CRC), place, json };
  }

  return {
    add(seq, event, text) {
      const made = text ? '' : jsonOf(event);
      // A UTF-16 unit takes at most 3 bytes.
      buffer = withRoom(buffer, used, LINE_BYTES + (text ? text.mostBytes : made.length * 3));
      const start = used;
      const jsonStart = writeHeader(buffer, start + CRC_BYTES + 1, seq, event);
      const at = text ? text.write(buffer, jsonStart) : jsonStart + buffer.write(made, jsonStart);
      const json = buffer.subarray(jsonStart, at);
      const jsonCrc = crc32(json);
      const crc = joinedCrc(shortCrc(buffer, start + CRC_BYTES + 1, jsonStart), jsonCrc, json.length);
      buffer[writeHex(buffer, start, crc)] = SPACE;
      buffer[at] = LINE_BREAK;
      used = at + 1;
      jsons.push(json);
      note(events.push(event) - 1, seq, start, jsonStart, jsonCrc);
    },
    count: () => events.length,
    size: () => used,
    cut(count) {
      if (count >= events.length) return;
      used = numberOf(count, START);
      events.length = count;
      jsons.length = count;
    },
    bytes: () => buffer.subarray(0, used),
    records: (segment, start) => events.map((event, line) => recordOf(event, line, segment, start)),
    summary: () => ({
      firstSeq: seqOf(0),
      lastSeq: seqOf(events.length - 1),
      controls: events.filter((event) => !isReport(event)).length,
      mirroredSeq: seqOf(events.findLastIndex((event) => event.type === 'mirrored')),
    }),
    clear() {
      if (buffer.length > KEPT_BYTES) buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
      used = 0;
      events = [];
      jsons = [];
    },
  };
}
