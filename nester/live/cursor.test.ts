import { describe, expect, it } from 'vitest';
import { decodeCursor, isAtOrBefore } from './cursor.ts';

describe('cursor', () => {
  it('is an epoch and a sequence number, whatever the epoch looks like', () => {
    expect(decodeCursor('a-b-12')).toEqual({ epoch: 'a-b', seq: 12 });
  });

  it.each(['', '-', '-5', 'abc', 'abc-', 'abc-x', 'abc--', 'a-99999999999999999999', `${'x'.repeat(5_000)}-1`])(
    'refuses %j',
    (text) => {
      expect(decodeCursor(text)).toBeUndefined();
    },
  );

  it('compares numbers, not texts, and only within a log', () => {
    expect(isAtOrBefore('a-9', { epoch: 'a', seq: 10 })).toBe(true);
    expect(isAtOrBefore('a-10', { epoch: 'a', seq: 9 })).toBe(false);
    expect(isAtOrBefore('a-9', { epoch: 'b', seq: 10 })).toBe(false);
    expect(isAtOrBefore('a-9', undefined)).toBe(false);
  });
});
