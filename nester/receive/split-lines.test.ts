import { describe, expect, it } from 'vitest';
import { splitLines } from './split-lines.ts';

function linesOf(text: string, limit = 1000): string[] | string {
  const bytes = Buffer.from(text);
  const split = splitLines(bytes, limit);
  if (split.kind === 'pieces') return split.pieces.map(({ start, end }) => bytes.toString('utf8', start, end));
  return split.kind;
}

describe('cutting a body into lines', () => {
  it('takes a last line with and without its end', () => {
    expect(linesOf('{"a":1}\n{"b":2}\n')).toEqual(['{"a":1}', '{"b":2}']);
    expect(linesOf('{"a":1}\n{"b":2}')).toEqual(['{"a":1}', '{"b":2}']);
  });

  it('passes over blank lines, however they are made', () => {
    expect(linesOf('\n \t\r\n{}\r\n\n\n{}')).toEqual(['{}\r', '{}']);
    expect(linesOf('')).toEqual([]);
    expect(linesOf('\n\n')).toEqual([]);
  });

  it('stops at more lines than allowed, blank ones not counted', () => {
    expect(linesOf('1\n\n2\n\n', 2)).toEqual(['1', '2']);
    expect(linesOf('1\n2\n3', 2)).toBe('many');
  });
});
