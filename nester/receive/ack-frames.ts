import { writeShort, writeWhole } from '../../protocol/digits.ts';

/** What an `ack` says, and its frame around it, at most. */
const ACK_BYTES = 64;
/** Last frame of a message, of text (RFC 6455, 5.2). */
const WHOLE_TEXT = 0x81;

/**
 * The `ack` of each report, each in a frame from the server: unmasked, and of less than 126 bytes, so that
 * its length is one byte. `id`: a whole number from 0 to 2^53 - 1.
 */
export function ackFrames(reports: readonly { id: number; duplicate: boolean }[]): Buffer {
  const bytes = Buffer.allocUnsafe(reports.length * ACK_BYTES);
  let at = 0;
  for (const { id, duplicate } of reports) {
    const start = at + 2;
    let end = writeShort(bytes, start, '{"type":"ack","id":');
    end = writeWhole(bytes, end, id);
    end = writeShort(bytes, end, duplicate ? ',"duplicate":true}' : ',"duplicate":false}');
    bytes[at] = WHOLE_TEXT;
    bytes[at + 1] = end - start;
    at = end;
  }
  return bytes.subarray(0, at);
}
