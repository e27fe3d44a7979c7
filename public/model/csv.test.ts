import { describe, expect, it } from 'vitest';
import { csvOf } from './csv.ts';

describe('csv', () => {
  it('has a mark that it is UTF-8, and ends each line as RFC 4180 says', () => {
    expect(csvOf([['Node', 'Latency (ms)'], ['Météo', 3.25]])).toBe('\uFEFFNode,Latency (ms)\r\nMétéo,3.25\r\n');
  });

  it.each([
    ['a comma', 'a,b', '"a,b"'],
    ['a quote', 'say "hi"', '"say ""hi"""'],
    ['a line break', 'two\nlines', '"two\nlines"'],
    ['nothing special', 'plain text', 'plain text'],
  ])('quotes a text with %s as it must', (_what, text, written) => {
    expect(csvOf([[text]])).toBe(`\uFEFF${written}\r\n`);
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx'])('keeps %j from being a formula', (text) => {
    expect(csvOf([[text]])).toContain(`'${text}`);
  });

  it('leaves numbers as they are, negative ones too, and unknown ones empty', () => {
    expect(csvOf([[-5, null, 0.1]])).toBe('\uFEFF-5,,0.1\r\n');
  });
});
