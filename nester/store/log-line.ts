import { writeShort, writeWhole } from '../../protocol/digits.ts';
import type { LogEvent, Place, ReportEvent } from './log.ts';

/**
 * One event of the log as one line of text:
 *
 *     <crc> r <seq> <timestampMs> <receivedAtMs> {"node":"lyon-01",...}
 *     <crc> k <seq> <timestampMs> <receivedAtMs> {"node":"lyon-01",...}
 *     <crc> f <seq> {"node":"lyon-01"}
 *     <crc> d <seq> {"ranges":[[17,17],[19,25]]}
 *     <crc> m <seq> {"through":4711,"bytes":1443566,"crc":305419896}
 *
 * `crc` is the CRC-32 (as in zlib, 8 hex digits) of everything between the space after it and
 * the line break. `r` is a report, `k` one kept on, `f` a node forgotten, `d` reports dropped,
 * (`"edit":true` after the ranges: by an operator), `m` that data.json was synced. What replay needs of a report stands before its JSON or at its
 * very beginning, so that a million of them are replayed without parsing any.
 */

/** Hex digits of the CRC a line begins with; a space follows. */
export const CRC_BYTES = 8;
/** Bytes of a line but for its JSON, at most. */
export const LINE_BYTES = 80;
export const LINE_BREAK = 0x0a;
export const SPACE = 0x20;

/** Stands for the place of what is not a report. */
export const NO_PLACE: Place = Object.freeze({ segment: 0, offset: 0, length: 0 });

export function isReport(event: LogEvent): event is ReportEvent {
  return event.type === 'report' || event.type === 'keep';
}

const LETTERS = { report: 'r', keep: 'k', forget: 'f', drop: 'd', mirrored: 'm' } as const;

/**
 * Writes what stands between the CRC and the JSON, and returns where it ends. Throws `BUG: ...`
 * for what could not be read back.
 */
export function writeHeader(bytes: Uint8Array, start: number, seq: number, event: LogEvent): number {
  let at = writeShort(bytes, start, LETTERS[event.type]);
  at = writeNumber(bytes, at, seq);
  if (isReport(event)) {
    const { timestampMs, receivedAtMs } = event;
    if (!isTime(timestampMs) || !isTime(receivedAtMs)) {
      throw new Error(`BUG: times in the log are whole epoch milliseconds, got ${timestampMs} and ${receivedAtMs}`);
    }
    at = writeNumber(bytes, writeNumber(bytes, at, timestampMs), receivedAtMs);
  }
  bytes[at++] = SPACE;
  return at;
}

/** With a space before it. */
function writeNumber(bytes: Uint8Array, at: number, number: number): number {
  bytes[at] = SPACE;
  return number >= 0 ? writeWhole(bytes, at + 1, number) : writeShort(bytes, at + 1, String(number));
}

function isTime(ms: number): boolean {
  return Number.isSafeInteger(ms);
}

/** The JSON of an event's line. Throws `BUG: ...` for what could not be read back. */
export function jsonOf(event: LogEvent): string {
  switch (event.type) {
    case 'report':
    case 'keep':
      if (!beginsWith(event.json, event.node) || event.json.includes('\n')) {
        throw new Error('BUG: a report goes into the log as one line of JSON that begins with its node');
      }
      return event.json;
    case 'forget':
      return JSON.stringify({ node: event.node });
    case 'drop':
      return JSON.stringify({ ranges: event.ranges, edit: event.edit });
    case 'mirrored':
      return JSON.stringify({ through: event.through, bytes: event.bytes, crc: event.crc });
  }
}

/** Whether JSON begins with its node. Nearly every name stands in JSON as it is, and is compared where it stands. */
function beginsWith(json: string, node: string): boolean {
  if (json.startsWith(NODE) && json.startsWith(node, NODE.length) && json.startsWith('"', NODE.length + node.length)) return true;
  return json.startsWith(`{"node":${JSON.stringify(node)}`);
}

const NODE = '{"node":"';
