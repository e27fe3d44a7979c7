/**
 * Reports per second of each of many (addresses, keys, sockets), as buckets that fill at the rate
 * and hold one second's worth.
 */
export interface RateLimit {
  /** Takes one from its bucket. Returns 0, or how many seconds to wait: then nothing was taken. */
  take(who: string): number;
  /**
   * Takes what has come already: the rest of a batch, of which one was taken at the door before
   * its size was known, or what a socket brought. The bucket may be in debt afterwards: so a batch
   * larger than a bucket can pass at all. Returns the milliseconds until the debt is paid.
   */
  charge(who: string, count: number): number;
}

export interface RateLimitOptions {
  /** Reports per second; 0 lets everything pass. */
  perSecond: number;
  /** Milliseconds of a clock that never goes back. */
  monotonicMs: () => number;
  /** How many are remembered at most. */
  most?: number;
}

interface Bucket {
  left: number;
  atMs: number;
}

export function createRateLimit({ perSecond, monotonicMs, most = 10_000 }: RateLimitOptions): RateLimit {
  if (perSecond === 0) return { take: () => 0, charge: () => 0 };
  /** In order of last use. */
  const buckets = new Map<string, Bucket>();

  function refilled(bucket: Bucket | undefined, nowMs: number): number {
    if (bucket === undefined) return perSecond;
    return Math.min(perSecond, bucket.left + ((nowMs - bucket.atMs) / 1000) * perSecond);
  }

  /**
   * Forgets the one that was quiet longest. Under a flood of them some get a full bucket
   * anew: memory stays bounded, and nobody is refused for what another did.
   */
  function makeRoom(): void {
    if (buckets.size < most) return;
    for (const quietest of buckets.keys()) {
      buckets.delete(quietest);
      return;
    }
  }

  function put(who: string, left: number, atMs: number): void {
    // Deleted first, so that it comes last in the order of use.
    if (!buckets.delete(who)) makeRoom();
    buckets.set(who, { left, atMs });
  }

  return {
    take(who) {
      const nowMs = monotonicMs();
      const left = refilled(buckets.get(who), nowMs);
      if (left < 1) return Math.max(1, Math.ceil((1 - left) / perSecond));
      put(who, left - 1, nowMs);
      return 0;
    },
    charge(who, count) {
      const nowMs = monotonicMs();
      const left = refilled(buckets.get(who), nowMs) - count;
      put(who, left, nowMs);
      return left < 0 ? Math.ceil((-left / perSecond) * 1000) : 0;
    },
  };
}
