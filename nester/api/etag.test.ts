import { describe, expect, it } from 'vitest';
import { etagOf, isKnown } from './etag.ts';

describe('a validator', () => {
  it('differs with every part', () => {
    expect(new Set([etagOf('a', 'b'), etagOf('ab'), etagOf('a', 'c'), etagOf('a', 'b', 0)]).size).toBe(4);
  });

  it.each([
    ['"x"', true],
    ['W/"x"', true],
    ['"y", W/"x"', true],
    ['*', true],
    ['"y"', false],
    ['x', false],
    [undefined, false],
  ])('is known by If-None-Match %s: %s', (header, known) => {
    expect(isKnown('"x"', header)).toBe(known);
  });
});
