/**
 * Numbers as text straight into a buffer: a string for each would be made, copied and thrown
 * away, several times a report.
 */

const ZERO = 0x30;
/** What is left of it fits into 32 bits, in which division is quick. */
const PART = 10_000_000;
const PART_DIGITS = 7;

/** Writes a whole number from 0 to 2^53 - 1, and returns where it ends. */
export function writeWhole(bytes: Uint8Array, at: number, number: number): number {
  if (number >= PART) {
    const high = Math.floor(number / PART);
    return writePadded(bytes, writeWhole(bytes, at, high), number - high * PART, PART_DIGITS);
  }
  let digits = 1;
  for (let least = 10; number >= least; least *= 10) digits++;
  return writePadded(bytes, at, number, digits);
}

function writePadded(bytes: Uint8Array, at: number, number: number, digits: number): number {
  let rest = number | 0;
  for (let place = at + digits - 1; place >= at; place--) {
    const tenth = (rest / 10) | 0;
    bytes[place] = ZERO + rest - tenth * 10;
    rest = tenth;
  }
  return at + digits;
}

/** Writes 32 bits as 8 hex digits, and returns where they end. */
export function writeHex(bytes: Uint8Array, at: number, bits: number): number {
  for (let shift = 28; shift >= 0; shift -= 4) {
    const digit = (bits >>> shift) & 15;
    bytes[at++] = digit < 10 ? ZERO + digit : 0x57 + digit;
  }
  return at;
}

/** Writes text of ASCII, and returns where it ends. For a few characters: for many, `Buffer.write` takes less time. */
export function writeShort(bytes: Uint8Array, at: number, text: string): number {
  for (let index = 0; index < text.length; index++) bytes[at++] = text.charCodeAt(index);
  return at;
}
