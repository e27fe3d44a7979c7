import { describe, expect, it } from 'vitest';
import { cases } from './area.ts';
import { AREAS, fuzz } from './fuzz.ts';
import * as fc from 'fast-check';

/** A short run of `npm run fuzz`, always over the same inputs. */
const CASES = 12_000;
const weights = AREAS.reduce((sum, { weight }) => sum + weight, 0);

describe('whatever comes from outside', () => {
  it.each(AREAS.map((area) => [area.name, area] as const))('does no harm: %s', async (_name, area) => {
    const { failure } = await fuzz(area, Math.max(30, Math.ceil((CASES * area.weight) / weights)), 1);

    expect(failure).toBeUndefined();
  });
});

describe('the fuzzer', () => {
  const area = (run: (input: number) => Promise<void> | void) => ({ name: 'a', weight: 1, open: () => cases(fc.nat(1_000), run) });

  it('finds what throws, and says how to repeat it', async () => {
    const { failure } = await fuzz(area((input) => {
      if (input > 900) throw new Error('too much');
    }), 1_000, 7);

    expect(failure).toMatch(/too much[^]*with \[901\][^]*seed \d/);
  });

  it('finds a rejection that nobody catches', async () => {
    const { failure } = await fuzz(area(async (input) => {
      if (input > 900) void Promise.reject(new Error('left alone'));
      await new Promise((resolve) => setImmediate(resolve));
    }), 1_000, 7);

    expect(failure).toContain('left alone');
  });
});
