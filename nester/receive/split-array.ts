const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN = { array: 0x5b, object: 0x7b };
const CLOSE = { array: 0x5d, object: 0x7d };

/** Where a piece of a body is: from `start`, up to and without `end`. */
export interface Range {
  start: number;
  end: number;
}

/** A body cut into pieces, or why it cannot be. */
export type Split =
  | { kind: 'pieces'; pieces: Range[] }
  | { kind: 'many' }
  | { kind: 'invalid'; message: string };

/**
 * Finds the elements of a JSON array in its bytes, without parsing them: so that each can be
 * measured, parsed and refused by itself, and a large body never holds up everything else.
 * The array is valid JSON exactly if this succeeds and every piece is. Stops at more than
 * `limit` pieces.
 */
export function splitArray(bytes: Buffer, limit: number): Split {
  let at = skipSpace(bytes, 0);
  if (bytes[at] !== OPEN.array) return invalid('expected a JSON array of reports');
  const pieces: Range[] = [];
  let start = ++at;
  let depth = 1;
  while (at < bytes.length && depth > 0) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = endOfString(bytes, at);
    } else if (byte === OPEN.array || byte === OPEN.object) {
      depth++;
    } else if (byte === CLOSE.array || byte === CLOSE.object) {
      depth--;
    } else if (byte === COMMA && depth === 1) {
      if (pieces.length >= limit - 1) return { kind: 'many' };
      pieces.push({ start, end: at });
      start = at + 1;
    }
    at++;
  }
  if (depth > 0) return invalid('not valid JSON: the array has no end');
  if (bytes[at - 1] !== CLOSE.array) return invalid(`not valid JSON: expected ] at byte ${at - 1}`);
  if (skipSpace(bytes, at) < bytes.length) return invalid(`not valid JSON: something follows the array at byte ${at}`);
  const isEmpty = pieces.length === 0 && skipSpace(bytes, start) === at - 1;
  if (!isEmpty) pieces.push({ start, end: at - 1 });
  return { kind: 'pieces', pieces };
}

const invalid = (message: string): Split => ({ kind: 'invalid', message });

/** Position of the quote that ends the string begun at `at`, or the end of the bytes. */
function endOfString(bytes: Buffer, at: number): number {
  for (;;) {
    const quote = bytes.indexOf(QUOTE, at + 1);
    if (quote === -1) return bytes.length;
    let escapes = 0;
    while (quote - escapes - 1 > at && bytes[quote - escapes - 1] === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return quote;
    at = quote;
  }
}

/** JSON's white space: space, tab, line feed, carriage return. */
function skipSpace(bytes: Buffer, at: number): number {
  let byte = bytes[at];
  while (byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d) byte = bytes[++at];
  return at;
}
