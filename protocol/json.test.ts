import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeJson } from './json.ts';
import { LIMITS } from './limits.ts';

function nested(depth: number, open = '[', close = ']'): string {
  return open.repeat(depth) + close.repeat(depth);
}

function reasonFor(text: string): string {
  const decoded = decodeJson(text);
  return decoded.ok ? '' : decoded.errors.map(({ path, message }) => `${path}${message}`).join('\n');
}

describe('JSON from outside', () => {
  it('is what the parser makes of it', () => {
    const text = '{"node":"caf\\u00e9 \u{1F600}","list":[1,-2.5e3,true,null,""]}';

    expect(decodeJson(text)).toEqual({ ok: true, value: { node: 'café \u{1F600}', list: [1, -2500, true, null, ''] } });
  });

  it('keeps the last of two equal keys', () => {
    expect(decodeJson('{"a":1,"b":2,"a":3}')).toEqual({ ok: true, value: { a: 3, b: 2 } });
  });

  it('takes a number too large for a double as infinite, which no field accepts', () => {
    expect(decodeJson('[1e999,-1e999]')).toEqual({ ok: true, value: [Infinity, -Infinity] });
  });

  it('takes half a surrogate pair as it is: refusing texts is for the field', () => {
    expect(decodeJson('"\\ud800"')).toEqual({ ok: true, value: '\ud800' });
  });

  it('takes __proto__, constructor and toString as ordinary keys', () => {
    const decoded = decodeJson('{"__proto__":{"polluted":1},"constructor":2,"toString":3}');

    const value = decoded.ok ? decoded.value : undefined;
    expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor', 'toString']);
    expect(value).not.toHaveProperty('polluted');
    expect({}).not.toHaveProperty('polluted');
  });

  it.each([
    ['nothing', ''],
    ['blanks', ' \n\t'],
    ['half of it', '{"node":"a"'],
    ['a word', 'undefined'],
    ['not a number', 'NaN'],
    ['single quotes', "{'a':1}"],
    ['a trailing comma', '[1,]'],
    ['a comment', '/**/1'],
    ['two values', '{} {}'],
    ['a string that never ends', '"abc'],
    ['a string that ends in a backslash', '"abc\\'],
    ['a raw control character', '"\u0001"'],
    ['a NUL', '\0'],
  ])('gives a reason for %s', (_what, text) => {
    expect(reasonFor(text)).toMatch(/^not valid JSON: ./);
  });

  it('names a byte order mark, which nobody can see', () => {
    expect(reasonFor('\ufeff{"node":"a"}')).toContain('byte order mark');
  });

  it('quotes the input in its reason without control characters, and not at length', () => {
    const reason = reasonFor(`\u0007\u001b[31m\u0085${'x'.repeat(1000)}`);

    expect(reason).not.toMatch(/\p{Cc}/u);
    expect(reason.length).toBeLessThan(250);
  });

  it('quotes no half of a character', () => {
    expect(reasonFor('\u{1F600}'.repeat(30))).not.toMatch(/\p{Cs}/u);
  });
});

describe('the depth of JSON', () => {
  it.each([
    ['arrays', '[', ']'],
    ['objects', '{"a":', '}'],
    ['both in turn', '{"a":[', ']}'],
  ])('may be the limit in %s, and no more', (_what, open, close) => {
    const levels = (open.match(/[[{]/g) ?? []).length;
    const [deepest, tooDeep] = [LIMITS.jsonDepth, LIMITS.jsonDepth + 1].map(
      (depth) => '['.repeat(depth % levels) + open.repeat(Math.floor(depth / levels)) + '0' + close.repeat(Math.floor(depth / levels)) + ']'.repeat(depth % levels),
    );

    expect(decodeJson(deepest ?? '')).toHaveProperty('ok', true);
    expect(reasonFor(tooDeep ?? '')).toContain(`deeper than ${LIMITS.jsonDepth} levels`);
  });

  it.each([33, 100_000])('of %i is refused with a reason', (depth) => {
    expect(reasonFor(nested(depth))).toContain('nested deeper');
    expect(reasonFor(nested(depth, '{"a":', '}').replace(':}', ':0}'))).toContain('nested deeper');
  });

  it('is refused when the brackets never close', () => {
    expect(reasonFor('['.repeat(LIMITS.reportBytes))).toContain('nested deeper');
  });

  it('does not count brackets within strings', () => {
    const text = JSON.stringify({ a: '[{'.repeat(1000), b: `\\"${'['.repeat(1000)}`, c: '\\' });

    expect(decodeJson(text)).toEqual({ ok: true, value: JSON.parse(text) as unknown });
  });

  it('does not count brackets side by side', () => {
    const text = `[${'{},[],'.repeat(10_000)}0]`;

    expect(decodeJson(text)).toHaveProperty('ok', true);
  });

  it('cannot be hidden behind closing brackets or an escaped quote', () => {
    expect(decodeJson(']'.repeat(100) + nested(50))).toHaveProperty('ok', false);
    expect(reasonFor(`["\\"",${nested(LIMITS.jsonDepth)}]`)).toContain('nested deeper');
    expect(reasonFor(`["\\\\",${nested(LIMITS.jsonDepth)}]`)).toContain('nested deeper');
  });

  it('is measured as a walk through the parsed value measures it', () => {
    const depthOf = (value: unknown): number =>
      typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
    const wrapped = fc
      .tuple(fc.jsonValue({ maxDepth: 6 }), fc.array(fc.constantFrom('list', 'object'), { minLength: 25, maxLength: 36 }))
      .map(([core, wraps]) => wraps.reduce<unknown>((value, wrap) => (wrap === 'list' ? ['"[', value] : { '{\\"': value }), core));

    fc.assert(
      fc.property(wrapped, (value) => {
        expect(decodeJson(JSON.stringify(value)).ok).toBe(depthOf(value) <= LIMITS.jsonDepth);
      }),
      { numRuns: 500 },
    );
  });
});

describe('decoding any text', () => {
  it('agrees with the parser and never throws', () => {
    const fragments = fc.array(fc.constantFrom('{', '}', '[', ']', '"', '\\', ',', ':', '0', '1e999', 'null', ' ', 'a', '\u0000', '\ud800', '\ufeff'));
    const texts = fc.oneof(fc.string({ unit: 'binary' }), fragments.map((parts) => parts.join('')), fc.json());

    fc.assert(
      fc.property(texts, (text) => {
        const decoded = decodeJson(text);
        if (decoded.ok) expect(decoded.value).toEqual(JSON.parse(text));
        else if (!decoded.errors[0]?.message.includes('nested deeper')) expect(() => JSON.parse(text) as unknown).toThrow();
      }),
      { numRuns: 2000 },
    );
  });
});
