import { assert, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { onOneLine, withoutUnseen } from './unseen.ts';

/** What no line of a log may hold, by a way of its own. */
function isSeen(text: string): boolean {
  return Array.from(text).every((character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return false;
    if (code >= 0xd800 && code <= 0xdfff) return false;
    return ![0x61c, 0x200e, 0x200f, 0x2028, 0x2029].includes(code) && !(code >= 0x202a && code <= 0x202e) && !(code >= 0x2066 && code <= 0x2069);
  });
}

describe('text from outside', () => {
  it('keeps what is seen as it is', () => {
    expect(withoutUnseen('Café 東京 👩‍🔧 "<b>" \\n')).toBe('Café 東京 👩‍🔧 "<b>" \\n');
  });

  it.each([
    ['\u001b[31mred', '\\u001b[31mred', '[31mred'],
    ['a\nb\r\nc', 'a\\u000ab\\u000d\\u000ac', 'a b c'],
    ['gpj.\u202eexe', 'gpj.\\u202eexe', 'gpj. exe'],
    ['a\u2028b\u0085c', 'a\\u2028b\\u0085c', 'a b c'],
    ['half \ud800', 'half \\ud800', 'half'],
  ])('shows what is not: %j', (text, shown, line) => {
    expect(withoutUnseen(text)).toBe(shown);
    expect(onOneLine(text)).toBe(line);
  });

  it('holds nothing that is not seen, whatever it was', () => {
    assert(
      property(string({ unit: 'binary' }), (text) => {
        expect(isSeen(withoutUnseen(text))).toBe(true);
        expect(isSeen(onOneLine(text))).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
