import { withRoom } from '../room.ts';

/** Puts together bytes of JSON that mostly are there already, without making texts of them. */
export interface ByteWriter {
  /** The bytes from `from` up to, not including, `to`; all, unless told. */
  bytes(some: Uint8Array, from?: number, to?: number): void;
  /** A number as JSON writes it. Whole ones are written without making a text. */
  number(value: number): void;
  /** Hands over what was written since it was called last. */
  take(): Buffer;
}

/** A longer stretch is copied faster by the platform than byte by byte. */
const LONG_BYTES = 192;
/** The digits of the largest whole number that is exact. */
const MOST_DIGITS = 16;
const DIGIT = 0x30;

/** `sizeBytes`: how much is expected to be written before it is taken. */
export function createByteWriter(sizeBytes: number): ByteWriter {
  let written = Buffer.allocUnsafeSlow(sizeBytes);
  let length = 0;

  function bytes(some: Uint8Array, from = 0, to = some.length): void {
    const count = to - from;
    written = withRoom(written, length, count);
    const into = written;
    if (count > LONG_BYTES) into.set(some.subarray(from, to), length);
    else for (let n = 0; n < count; n++) into[length + n] = some[from + n] ?? 0;
    length += count;
  }

  return {
    bytes,
    number(value) {
      if (!Number.isSafeInteger(value) || value < 0) {
        bytes(Buffer.from(JSON.stringify(value)));
        return;
      }
      written = withRoom(written, length, MOST_DIGITS);
      let digits = 1;
      for (let bound = 10; bound <= value; bound *= 10) digits++;
      let rest = value;
      for (let at = length + digits - 1; at >= length; at--) {
        const tenth = Math.floor(rest / 10);
        written[at] = DIGIT + (rest - tenth * 10);
        rest = tenth;
      }
      length += digits;
    },
    take() {
      const taken = written.subarray(0, length);
      written = Buffer.allocUnsafeSlow(sizeBytes);
      length = 0;
      return taken;
    },
  };
}
