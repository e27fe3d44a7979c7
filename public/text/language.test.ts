import { describe, expect, it } from 'vitest';
import { en } from './en.ts';
import { fr } from './fr.ts';
import { chooseLanguage } from './language.ts';

describe('language', () => {
  it.each([
    [['fr'], fr, 'fr'],
    [['fr-CA', 'en'], fr, 'fr-CA'],
    [['EN-gb', 'fr'], en, 'EN-gb'],
    [['de-CH', 'fr-CH', 'en'], fr, 'fr-CH'],
    [['de'], en, 'en'],
    [['constructor', 'toString'], en, 'en'],
    [['en-US@posix'], en, 'en'],
    [[], en, 'en'],
  ])('for %j is the first the page speaks', (preferred, text, locale) => {
    expect(chooseLanguage(preferred)).toEqual({ text, locale });
  });
});
