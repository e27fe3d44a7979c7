import { createFormat, type Format } from './format.ts';
import { chooseLanguage } from './language.ts';
import type { Text } from './text.ts';

/** All that a view needs to speak the reader's language. */
export interface Words {
  text: Text;
  /** For `Intl`. */
  locale: string;
  format: Format;
  /** The natural order of names: `site 9` before `site 10`. */
  compareNames: (a: string, b: string) => number;
}

export function createWords(preferred: readonly string[]): Words {
  const { text, locale } = chooseLanguage(preferred);
  const { compare } = new Intl.Collator(locale, { numeric: true });
  return { text, locale, format: createFormat(locale, text.relativeTimes), compareNames: compare };
}
