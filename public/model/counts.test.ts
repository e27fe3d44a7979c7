import { expect, it } from 'vitest';
import { aState } from './row-builders.ts';
import { count, inTrouble } from './counts.ts';

it('counts nodes by status; trouble is what is late or offline, not what is paused', () => {
  const counts = count((['online', 'late', 'offline', 'late', 'paused'] as const).map((status) => aState({ status })));

  expect(counts).toEqual({ all: 5, online: 1, late: 2, offline: 1, paused: 1 });
  expect(inTrouble(counts)).toBe(3);
});
