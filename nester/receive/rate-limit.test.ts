import { describe, expect, it } from 'vitest';
import { createRateLimit } from './rate-limit.ts';

function aRateLimit(perSecond: number, most = 10_000) {
  const clock = { ms: 0 };
  return { clock, limit: createRateLimit({ perSecond, most, monotonicMs: () => clock.ms }) };
}

describe('the rate limit', () => {
  it('lets one second worth pass at once, and then as many as the rate', () => {
    const { clock, limit } = aRateLimit(10);

    const burst = Array.from({ length: 11 }, () => limit.take('a'));
    clock.ms = 100;
    const later = [limit.take('a'), limit.take('a')];

    expect(burst).toEqual([...Array.from({ length: 10 }, () => 0), 1]);
    expect(later).toEqual([0, 1]);
  });

  it('never gathers more than one second worth', () => {
    const { clock, limit } = aRateLimit(2);

    clock.ms = 3_600_000;

    expect([limit.take('a'), limit.take('a'), limit.take('a')]).toEqual([0, 0, 1]);
  });

  it('tells the seconds until a debt is paid', () => {
    const { clock, limit } = aRateLimit(10);

    limit.take('a');
    const debtMs = limit.charge('a', 99);
    const wait = limit.take('a');
    clock.ms = wait * 1000;

    expect(debtMs).toBe(9_000);
    expect(wait).toBe(10);
    expect(limit.take('a')).toBe(0);
  });

  it('counts each address apart', () => {
    const { limit } = aRateLimit(1);

    expect([limit.take('a'), limit.take('b'), limit.take('a')]).toEqual([0, 0, 1]);
  });

  it('forgets the address that was quiet longest when there are too many', () => {
    const { limit } = aRateLimit(1, 2);

    limit.take('a');
    limit.take('b');
    limit.charge('a', 1);
    limit.take('c');

    expect(limit.take('a')).toBeGreaterThan(0);
    expect(limit.take('b')).toBe(0);
  });

  it('is off at 0', () => {
    const { limit } = aRateLimit(0);

    limit.charge('a', 1_000_000);

    expect(limit.take('a')).toBe(0);
  });
});
