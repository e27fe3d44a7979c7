/**
 * Texts that come again and again, by the bytes they come in: names of nodes and metrics,
 * addresses, labels. Who looks one up has the same string as last time, without a new one being
 * made, hashed and thrown away; and what was held against a rule once need not be again.
 *
 * Each has a place by its hash, and the newest takes it: that bounds the memory, and a sender who
 * has two take turns at a place makes them cost what they would cost without.
 */
export interface TextTable {
  /** The text in ASCII of these bytes, `undefined` if the rule forbids it. `hash`: of the bytes, by the caller. */
  of(bytes: Buffer, from: number, to: number, hash: number): string | undefined;
}

/** A longer text is seldom met again, and is made in less time than it takes to compare. */
const MOST_CHARACTERS = 128;

/** `size`: places, a power of two. */
export function createTextTable(size: number, rule: (text: string) => boolean): TextTable {
  const places: string[] = new Array<string>(size).fill('');
  return {
    of(bytes, from, to, hash) {
      const place = (hash ^ (hash >>> 15)) & (size - 1);
      const known = places[place] ?? '';
      if (known.length === to - from && isWritten(known, bytes, from) && known !== '') return known;
      const text = bytes.toString('latin1', from, to);
      if (!rule(text)) return undefined;
      if (text.length <= MOST_CHARACTERS) places[place] = text;
      return text;
    },
  };
}

function isWritten(text: string, bytes: Buffer, from: number): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) !== bytes[from + index]) return false;
  return true;
}
