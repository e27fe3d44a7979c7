/**
 * CRC-32 of bytes whose parts' CRCs are known, without going through the bytes again; and of
 * few bytes, for which calling zlib costs more than the work itself.
 *
 * A CRC is a remainder of polynomials over GF(2): bytes that follow multiply what came before
 * by x^8 each. Bits are reflected, as in zlib: the highest bit stands for x^0.
 */

const POLYNOMIAL = 0xedb88320;
const ONE = 1 << 31;

const TABLE = new Int32Array(256);
for (let byte = 0; byte < 256; byte++) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = timesX(crc);
  TABLE[byte] = crc;
}

/** CRC-32 of a few bytes. */
export function shortCrc(bytes: Uint8Array, start: number, end: number): number {
  let crc = -1;
  for (let at = start; at < end; at++) crc = (TABLE[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0) ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** CRC-32 of two parts one behind the other. `length`: bytes of the second. */
export function joinedCrc(first: number, second: number, length: number): number {
  return (product(powerFor(length), first) ^ second) >>> 0;
}

// No branches on the bits: they are random, and a processor that guesses wrong loses more than the work.
function timesX(value: number): number {
  return (value >>> 1) ^ (POLYNOMIAL & -(value & 1));
}

function product(left: number, right: number): number {
  let result = 0;
  let times = right;
  for (let rest = left; rest !== 0; rest <<= 1) {
    result ^= times & (rest >> 31);
    times = timesX(times);
  }
  return result;
}

/** x^(8 * length) for lengths of most reports; 0: not computed yet. */
const POWERS = new Int32Array(4096);

function powerFor(length: number): number {
  if (length >= POWERS.length) return power(length);
  const known = POWERS[length];
  return known === undefined || known === 0 ? (POWERS[length] = power(length)) : known;
}

function power(length: number): number {
  let result = ONE;
  // x^8, squared again and again.
  let square = ONE >>> 8;
  for (let rest = length; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = product(square, result);
    square = product(square, square);
  }
  return result;
}
