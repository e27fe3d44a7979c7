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
  /** Used since it came, or since it was last passed over. */
  wasUsed: boolean;
}

export function createRateLimit({ perSecond, monotonicMs, most = 10_000 }: RateLimitOptions): RateLimit {
  if (perSecond === 0) return { take: () => 0, charge: () => 0 };
  /** In the order in which they came or were passed over. */
  const buckets = new Map<string, Bucket>();

  /** With what flowed into it until now. */
  function filled(who: string, nowMs: number): Bucket {
    const bucket = buckets.get(who);
    if (bucket === undefined) return { left: perSecond, atMs: nowMs, wasUsed: false };
    bucket.left = Math.min(perSecond, bucket.left + ((nowMs - bucket.atMs) / 1000) * perSecond);
    bucket.atMs = nowMs;
    return bucket;
  }

  /**
   * Forgets one that was quiet for long: the first that was not used since it was looked at last
   * (second chance: a bucket is used ten thousand times a second, and need not change its place
   * each time). Under a flood of them some get a full bucket anew: memory stays bounded, and nobody
   * is refused for what another did.
   */
  function makeRoom(): void {
    if (buckets.size < most) return;
    for (const [who, bucket] of buckets) {
      buckets.delete(who);
      if (!bucket.wasUsed) return;
      bucket.wasUsed = false;
      buckets.set(who, bucket);
    }
  }

  function pour(who: string, bucket: Bucket, count: number): void {
    bucket.left -= count;
    if (buckets.has(who)) {
      bucket.wasUsed = true;
      return;
    }
    makeRoom();
    buckets.set(who, bucket);
  }

  return {
    take(who) {
      const bucket = filled(who, monotonicMs());
      if (bucket.left < 1) return Math.max(1, Math.ceil((1 - bucket.left) / perSecond));
      pour(who, bucket, 1);
      return 0;
    },
    charge(who, count) {
      const bucket = filled(who, monotonicMs());
      pour(who, bucket, count);
      return bucket.left < 0 ? Math.ceil((-bucket.left / perSecond) * 1000) : 0;
    },
  };
}
