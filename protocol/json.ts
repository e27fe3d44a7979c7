import { type Decoded, refused } from './decoded.ts';
import { LIMITS } from './limits.ts';

/**
 * Parses JSON text from outside. Never throws: text that is not JSON, or is nested deeper than
 * `depth` levels, ends in a reason. The size must have been checked before the text
 * was read into memory; the work here is linear in it.
 */
export function decodeJson(text: string, depth: number = LIMITS.jsonDepth): Decoded<unknown> {
  if (isDeep(text, depth)) return refused(`JSON is nested deeper than ${depth} levels`);
  try {
    return { ok: true, value: JSON.parse(text) as unknown };
  } catch (error) {
    // The parser would quote the mark, which nobody can see.
    if (text.startsWith('\ufeff')) return refused('not valid JSON: it begins with a byte order mark; send UTF-8 without one');
    return refused(`not valid JSON: ${reasonOf(error)}`);
  }
}

/**
 * The parser's own words, made fit for an answer: it quotes the input, which may hold control
 * characters or be long, and it may cut a character in two.
 */
function reasonOf(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  return words.slice(0, 200).replace(/[\p{Cc}\p{Cs}]/gu, ' ');
}

/**
 * Whether brackets nest too deep. Counting brackets with `indexOf` settles almost every report
 * at once: text with no more opening brackets than levels allowed cannot be too deep. Only text
 * with many is walked, skipping strings.
 */
function isDeep(text: string, depth: number): boolean {
  return opensMoreThan(text, depth) && depthOf(text) > depth;
}

function opensMoreThan(text: string, limit: number): boolean {
  let count = 0;
  for (const bracket of ['{', '[']) {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) {
      if (++count > limit) return true;
    }
  }
  return false;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === BACKSLASH) at++;
      else if (code === QUOTE) inString = false;
    } else if (code === QUOTE) {
      inString = true;
    } else if (code === 0x7b || code === 0x5b) {
      deepest = Math.max(deepest, ++depth);
    } else if (code === 0x7d || code === 0x5d) {
      depth--;
    }
  }
  return deepest;
}
