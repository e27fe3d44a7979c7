import { describe, expect, it } from 'vitest';
import { createLoginBrake } from './login-brake.ts';

function aBrake(most = 100) {
  const clock = { ms: 0 };
  return { clock, brake: createLoginBrake({ monotonicMs: () => clock.ms, most }) };
}

describe('the brake of logins', () => {
  it('makes an address wait twice as long after each failure, but for the first, and at most five minutes', () => {
    const { clock, brake } = aBrake();

    const waits: number[] = [];
    for (let failure = 0; failure < 12; failure++) {
      brake.failed('a');
      const wait = brake.waitSeconds('a');
      waits.push(wait);
      clock.ms += wait * 1000 + 10_000;
    }

    expect(waits).toEqual([0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
  });

  it('lets others in meanwhile, and forgets the failures of whoever logs in', () => {
    const { brake } = aBrake();
    for (let failure = 0; failure < 5; failure++) brake.failed('a');

    expect(brake.waitSeconds('b')).toBe(0);
    brake.succeeded('a');
    expect(brake.waitSeconds('a')).toBe(0);
  });

  it('holds all back when too many fail together, but for those who logged in before', () => {
    const { clock, brake } = aBrake();
    brake.succeeded('known');

    for (let at = 0; at < 40; at++) brake.failed(`10.0.0.${at}`);

    expect(brake.waitSeconds('new')).toBe(2);
    expect(brake.waitSeconds('known')).toBe(0);
    clock.ms += 2_000;
    expect(brake.waitSeconds('new')).toBe(0);
  });

  it('takes all addresses of one IPv6 network for one', () => {
    const { brake } = aBrake();
    for (const address of ['2001:db8::1', '2001:0db8:0:0:ffff::2', '2001:db8:0:0:1:2:3:4']) brake.failed(address);

    expect(brake.waitSeconds('2001:db8::9')).toBe(2);
    expect(brake.waitSeconds('2001:db8:0:1::9')).toBe(0);
    expect(brake.waitSeconds('::1')).toBe(0);
  });

  it('remembers no more addresses than it may', () => {
    const { brake } = aBrake(2);
    for (const address of ['a', 'a', 'a', 'b', 'b', 'b', 'c', 'c', 'c']) brake.failed(address);

    expect([brake.waitSeconds('a'), brake.waitSeconds('c')]).toEqual([0, 2]);
  });
});
