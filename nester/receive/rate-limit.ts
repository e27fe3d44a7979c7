/** Reports per address and second, as a bucket that fills at the rate and holds one second's worth. */
export interface RateLimit {
  /** Takes one report from the address's bucket. Returns 0, or how many seconds to wait: then nothing was taken. */
  take(address: string): number;
  /**
   * Takes the rest of a batch, of which one was taken at the door before its size was known. The
   * bucket may be in debt afterwards: so a batch larger than a bucket can pass at all.
   */
  charge(address: string, count: number): void;
}

export interface RateLimitOptions {
  /** Reports per second; 0 lets everything pass. */
  perSecond: number;
  /** Milliseconds of a clock that never goes back. */
  monotonicMs: () => number;
  /** Addresses remembered at most. */
  limitAddresses?: number;
}

interface Bucket {
  left: number;
  atMs: number;
}

export function createRateLimit({ perSecond, monotonicMs, limitAddresses = 10_000 }: RateLimitOptions): RateLimit {
  if (perSecond === 0) return { take: () => 0, charge: () => undefined };
  /** In order of last use. */
  const buckets = new Map<string, Bucket>();

  function refilled(bucket: Bucket | undefined, nowMs: number): number {
    if (bucket === undefined) return perSecond;
    return Math.min(perSecond, bucket.left + ((nowMs - bucket.atMs) / 1000) * perSecond);
  }

  /**
   * Forgets the one that was quiet longest. Under a flood of addresses some get a full bucket
   * anew: memory stays bounded, and nobody is refused for what another did.
   */
  function makeRoom(): void {
    if (buckets.size < limitAddresses) return;
    for (const quietest of buckets.keys()) {
      buckets.delete(quietest);
      return;
    }
  }

  function put(address: string, left: number, atMs: number): void {
    // Deleted first, so that it comes last in the order of use.
    if (!buckets.delete(address)) makeRoom();
    buckets.set(address, { left, atMs });
  }

  return {
    take(address) {
      const nowMs = monotonicMs();
      const left = refilled(buckets.get(address), nowMs);
      if (left < 1) return Math.max(1, Math.ceil((1 - left) / perSecond));
      put(address, left - 1, nowMs);
      return 0;
    },
    charge(address, count) {
      const nowMs = monotonicMs();
      put(address, refilled(buckets.get(address), nowMs) - count, nowMs);
    },
  };
}
