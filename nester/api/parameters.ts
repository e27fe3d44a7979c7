import { type Decoded, type InputError, refused } from '../../protocol/decoded.ts';
import { LIMITS } from '../../protocol/limits.ts';
import { decodeTimestamp } from '../../protocol/timestamp.ts';

/**
 * Reads the parameters of one request and gathers what is wrong with them, all of it. One that
 * is not known is ignored, one that is known and makes no sense is refused: an answer to another
 * question than the one asked would be worse than none.
 */
export interface ParameterReader {
  /** `undefined` where there is none, or it is wrong. */
  read: <T>(name: string, decode: (text: string) => Decoded<T>) => T | undefined;
  /** Says what is wrong. */
  refuse: (path: string, message: string) => void;
  readonly errors: InputError[];
}

export function createParameterReader(parameters: URLSearchParams): ParameterReader {
  const errors: InputError[] = [];
  return {
    read(name, decode) {
      const [text, ...more] = parameters.getAll(name);
      if (text === undefined) return undefined;
      const decoded = more.length > 0 ? refused('expected once, came more than once') : decode(text);
      if (decoded.ok) return decoded.value;
      errors.push(...decoded.errors.map(({ message }) => ({ path: name, message })));
      return undefined;
    },
    refuse: (path, message) => void errors.push({ path, message }),
    errors,
  };
}

/** The name of a node or target. */
export function readName(text: string): Decoded<string> {
  const name = text.trim();
  const count = Array.from(name).length;
  if (count >= 1 && count <= LIMITS.nameCharacters) return { ok: true, value: name };
  return refused(`expected 1 to ${LIMITS.nameCharacters} characters, got ${count}`);
}

/** Digits are epoch ms. A `+` of a zone that was not percent-encoded came as a space, and is meant as `+`. */
export function readTime(text: string): Decoded<number> {
  return decodeTimestamp(/^\d{1,15}$/.test(text) ? Number(text) : text.replace(/ (\d{2}:?\d{2})$/, '+$1'));
}
