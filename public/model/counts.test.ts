import { expect, it } from 'vitest';
import { aState } from './row-builders.ts';
import { count, inTrouble } from './counts.ts';

it('counts nodes by status; trouble is all that is not online', () => {
  const counts = count((['online', 'late', 'offline', 'late'] as const).map((status) => aState({ status })));

  expect(counts).toEqual({ all: 4, online: 1, late: 2, offline: 1 });
  expect(inTrouble(counts)).toBe(3);
});
