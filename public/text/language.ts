import { en } from './en.ts';
import { fr } from './fr.ts';
import type { Text } from './text.ts';

const TEXTS = new Map([en, fr].map((text) => [text.lang, text]));

export interface Language {
  text: Text;
  /** For `Intl`: the reader's own variant, such as `fr-CA`. */
  locale: string;
}

/** The first of the reader's languages that the page speaks; English if none. */
export function chooseLanguage(preferred: readonly string[]): Language {
  for (const locale of preferred) {
    const text = TEXTS.get(locale.toLowerCase().split('-')[0] ?? '');
    if (text) return { text, locale: isLocale(locale) ? locale : text.lang };
  }
  return { text: en, locale: en.lang };
}

/** Some systems hand their own names of languages on (`en-US@posix`), which `Intl` refuses. */
function isLocale(locale: string): boolean {
  try {
    return Intl.getCanonicalLocales(locale).length === 1;
  } catch {
    return false;
  }
}
