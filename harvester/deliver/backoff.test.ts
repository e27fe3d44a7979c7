import { describe, expect, it } from 'vitest';
import { createBackoff } from './backoff.ts';

describe('backoff', () => {
  it('draws from a range that doubles up to a minute', () => {
    const backoff = createBackoff(() => 1);

    const waits = Array.from({ length: 9 }, () => backoff.next());

    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  });

  it('is under two seconds at first, and again after a success', () => {
    const backoff = createBackoff(() => 0.999);
    for (let failure = 0; failure < 100; failure++) backoff.next();

    backoff.reset();

    expect(backoff.next()).toBeLessThan(2_000);
  });

  it('may draw any wait down to none', () => {
    expect(createBackoff(() => 0).next()).toBe(0);
  });

  it('spreads a thousand agents that lost the same Nester for minutes over a whole minute', () => {
    // A fixed sequence that is as even as chance: what is tested is what is made of it.
    let seed = 1;
    const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
    const perSecond = new Map<number, number>();
    for (let agent = 0; agent < 1_000; agent++) {
      const backoff = createBackoff(random);
      for (let failure = 0; failure < 10; failure++) backoff.next();
      const second = Math.floor(backoff.next() / 1000);
      perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
    }

    expect(Math.max(...perSecond.keys())).toBeGreaterThanOrEqual(58);
    expect(Math.max(...perSecond.values())).toBeLessThan(50);
  });
});
