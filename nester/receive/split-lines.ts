import type { Range, Split } from './split-array.ts';

const LINE_FEED = 0x0a;

/**
 * Finds the lines of a newline-delimited JSON body. Blank lines are none. Stops at more than
 * `limit` lines.
 */
export function splitLines(bytes: Buffer, limit: number): Split {
  const pieces: Range[] = [];
  let at = skipBlank(bytes, 0);
  while (at < bytes.length) {
    const lineFeed = bytes.indexOf(LINE_FEED, at);
    const end = lineFeed === -1 ? bytes.length : lineFeed;
    if (pieces.length >= limit) return { kind: 'many' };
    pieces.push({ start: at, end });
    at = skipBlank(bytes, end);
  }
  return { kind: 'pieces', pieces };
}

/** Position of the first byte that is no white space: blank lines and indentation in one go. */
function skipBlank(bytes: Buffer, at: number): number {
  let byte = bytes[at];
  while (byte === LINE_FEED || byte === 0x20 || byte === 0x0d || byte === 0x09) byte = bytes[++at];
  return at;
}
