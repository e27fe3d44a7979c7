import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitArray } from './split-array.ts';

function piecesOf(text: string, limit = 1000): string[] | string {
  const bytes = Buffer.from(text);
  const split = splitArray(bytes, limit);
  if (split.kind === 'pieces') return split.pieces.map(({ start, end }) => bytes.toString('utf8', start, end));
  return split.kind;
}

/** What the pieces parse to, or `undefined` when the whole or one of them is not JSON. */
function parsed(text: string): unknown[] | undefined {
  const pieces = piecesOf(text);
  if (typeof pieces === 'string') return undefined;
  try {
    return pieces.map((piece) => JSON.parse(piece) as unknown);
  } catch {
    return undefined;
  }
}

function parsedAtOnce(text: string): unknown[] | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

describe('cutting an array into its elements', () => {
  it('finds the same elements as the parser, for any array', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.constantFrom(undefined, 1, '\t'), (array, indent) => {
        const text = JSON.stringify(array, null, indent);
        expect(parsed(text)).toEqual(JSON.parse(text));
      }),
      { numRuns: 500 },
    );
  });

  it('takes for an array what the parser takes for one, for any text made of its signs', () => {
    const signs = fc.constantFrom('[', ']', '{', '}', ',', ':', '"', '\\', '"a"', '1', ' ', '\n', '\\"', 'é', 'null');
    fc.assert(
      fc.property(fc.array(signs, { maxLength: 12 }), (parts) => {
        const text = `[${parts.join('')}`;
        expect(parsed(text)).toEqual(parsedAtOnce(text));
      }),
      { numRuns: 5_000 },
    );
  });

  it('takes white space around the array, and nothing else', () => {
    expect(piecesOf(' \n[1] \r\n')).toEqual(['1']);
    expect(piecesOf('[1] x')).toBe('invalid');
    expect(piecesOf('{"a":[1]}')).toBe('invalid');
    expect(piecesOf('')).toBe('invalid');
  });

  it('stops at more elements than allowed', () => {
    expect(piecesOf('[1,2,3]', 3)).toEqual(['1', '2', '3']);
    expect(piecesOf('[1,2,3,4]', 3)).toBe('many');
    expect(piecesOf(`[${','.repeat(1_000_000)}`, 3)).toBe('many');
  });
});
