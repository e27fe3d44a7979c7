/**
 * Characters that do something where text is shown or kept in lines, instead of being seen:
 * control characters (C0, C1), halves of characters, separators of lines and paragraphs, and the
 * marks that turn the direction of what follows, by which a text can show itself as another
 * (Unicode Technical Report 36, 3.2).
 */
const UNSEEN = '\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069';

const each = new RegExp(`[${UNSEEN}]`, 'gu');
const runs = new RegExp(`[${UNSEEN}\\s]+`, 'gu');

/** Text from outside, made fit for a line: what is not seen is written as `\u001b`. */
export function withoutUnseen(text: string): string {
  return text.replace(each, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The same with what is not seen, and all white space, as single spaces. */
export function onOneLine(text: string): string {
  return text.replace(runs, ' ').trim();
}
