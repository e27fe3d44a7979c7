import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNodePattern } from './node-pattern.ts';

describe('a pattern of nodes', () => {
  it.each([
    ['lyon-01', 'lyon-01', true],
    ['lyon-01', 'lyon-011', false],
    ['lyon-01', 'Lyon-01', false],
    ['lyon-*', 'lyon-', true],
    ['lyon-*', 'lyon-01', true],
    ['lyon-*', 'paris-lyon-01', false],
    ['*', 'anything at all', true],
    ['*-ups', 'lyon-ups', true],
    ['*-ups', 'lyon-ups-2', false],
    ['a*b*c', 'abc', true],
    ['a*b*c', 'a-c-b-c', true],
    ['a*b*c', 'acb', false],
    // What is before and after the star must not overlap.
    ['aba*aba', 'aba', false],
    ['ab*ba', 'aba', false],
    ['l.on', 'lyon', false],
    ['[a-z]', 'b', false],
  ])('%s, and %s: %s', (pattern, node, expected) => {
    expect(createNodePattern(pattern)(node)).toBe(expected);
  });

  it('says the same as a regular expression would', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b', '*', '.')), fc.array(fc.constantFrom('a', 'b', '*', '.')), (pieces, node) => {
        const expression = new RegExp(`^${pieces.map((piece) => (piece === '*' ? '.*' : piece.replace('.', '\\.'))).join('')}$`);

        expect(createNodePattern(pieces.join(''))(node.join(''))).toBe(expression.test(node.join('')));
      }),
      { numRuns: 2_000 },
    );
  });
});
