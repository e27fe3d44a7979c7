import { isIP } from 'node:net';

/**
 * Slows down who guesses passwords: each failure from an address makes it wait twice as long
 * as the one before, up to five minutes, and everybody together may fail only so often. The
 * second holds back guesses that come from many addresses; it also holds back others for some
 * seconds, which is why it is generous, and why an address that has logged in lately is spared.
 */
export interface LoginBrake {
  /** Seconds to wait before another try; 0: now. */
  waitSeconds(address: string): number;
  failed(address: string): void;
  succeeded(address: string): void;
}

export interface LoginBrakeOptions {
  /** Milliseconds of a clock that never goes back. */
  monotonicMs: () => number;
  /** Addresses remembered at most. */
  most?: number;
}

const LONGEST_WAIT_MS = 300_000;
/** After so long without a failure, an address is as good as new. */
const FORGIVEN_MS = 3_600_000;
const TOTAL = { burst: 30, perSecond: 0.5 };

interface Tries {
  failures: number;
  atMs: number;
}

export function createLoginBrake({ monotonicMs, most = 10_000 }: LoginBrakeOptions): LoginBrake {
  /** In order of the last failure. */
  const tries = new Map<string, Tries>();
  /** Addresses that logged in, in order of when. */
  const known = new Set<string>();
  let left = TOTAL.burst;
  let leftAtMs = monotonicMs();

  function refill(): void {
    const nowMs = monotonicMs();
    left = Math.min(TOTAL.burst, left + ((nowMs - leftAtMs) / 1000) * TOTAL.perSecond);
    leftAtMs = nowMs;
  }

  function boundedBy(names: Map<string, unknown> | Set<string>): void {
    for (const first of names.keys()) {
      if (names.size <= most) return;
      names.delete(first);
    }
  }

  return {
    waitSeconds(address) {
      const who = networkOf(address);
      refill();
      const { failures, atMs } = tries.get(who) ?? { failures: 0, atMs: -FORGIVEN_MS };
      // The first is free: everybody mistypes.
      const ownMs = failures < 2 ? 0 : Math.min(LONGEST_WAIT_MS, 1_000 * 2 ** (failures - 2)) - (monotonicMs() - atMs);
      const allMs = left >= 1 || known.has(who) ? 0 : ((1 - left) / TOTAL.perSecond) * 1000;
      return Math.max(0, Math.ceil(Math.max(ownMs, allMs) / 1000));
    },
    failed(address) {
      const who = networkOf(address);
      refill();
      left = Math.max(0, left - 1);
      const before = tries.get(who);
      const nowMs = monotonicMs();
      const failures = before === undefined || nowMs - before.atMs > FORGIVEN_MS ? 0 : before.failures;
      tries.delete(who);
      tries.set(who, { failures: failures + 1, atMs: nowMs });
      boundedBy(tries);
    },
    succeeded(address) {
      const who = networkOf(address);
      tries.delete(who);
      known.delete(who);
      known.add(who);
      boundedBy(known);
    },
  };
}

/** Of IPv6, the /64: whoever has one address of it has them all. */
function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = address.toLowerCase().split('%')[0]?.split('::') ?? [];
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const after = tail === '' ? 0 : tail.split(':').length;
    while (groups.length + after < 8 && groups.length < 4) groups.push('0');
    if (groups.length < 4) groups.push(...tail.split(':'));
  }
  return groups.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, '')).join(':');
}
