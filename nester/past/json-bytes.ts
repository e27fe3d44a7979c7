/**
 * Finds its way through the bytes of JSON without white space, as `JSON.stringify` writes it.
 * In UTF-8 no part of a longer character looks like one of the signs sought. Never runs past
 * the end, also of what is cut off.
 */

export const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const DIGIT = 0x30;
/** So many digits are exact in any case. */
const EXACT_DIGITS = 15;

/** Behind the closing quote of the text that begins at `from`. */
export function endOfText(json: Uint8Array, from: number): number {
  let at = from + 1;
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1;
  return Math.min(json.length, at + 1);
}

/** Behind the value that begins at `from`. */
export function endOfValue(json: Uint8Array, from: number): number {
  const first = json[from];
  if (first === QUOTE) return endOfText(json, from);
  let at = from;
  if (first !== OPEN_OBJECT && first !== OPEN_ARRAY) {
    while (at < json.length && json[at] !== COMMA && json[at] !== CLOSE_OBJECT && json[at] !== CLOSE_ARRAY) at++;
    return at;
  }
  let depth = 0;
  while (at < json.length) {
    const byte = json[at];
    if (byte === QUOTE) {
      at = endOfText(json, at);
      continue;
    }
    at++;
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth++;
    else if ((byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) && --depth === 0) break;
  }
  return at;
}

/** How many values the array holds that begins at `from`. */
export function lengthOfArray(json: Uint8Array, from: number): number {
  if (json[from + 1] === CLOSE_ARRAY) return 0;
  let count = 1;
  for (let at = endOfValue(json, from + 1); json[at] === COMMA; at = endOfValue(json, at + 1)) count++;
  return count;
}

/** The number that stands from `from` up to, not including, `to`. */
export function numberIn(json: Uint8Array, from: number, to: number): number {
  let whole = to - from > EXACT_DIGITS ? NaN : 0;
  for (let at = from; at < to; at++) {
    const digit = (json[at] ?? 0) - DIGIT;
    whole = digit < 0 || digit > 9 ? NaN : whole * 10 + digit;
  }
  return Number.isNaN(whole) ? Number(textIn(json, from, to)) : whole;
}

export function textIn(json: Uint8Array, from: number, to: number): string {
  return Buffer.from(json.buffer, json.byteOffset + from, to - from).toString();
}
