import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import type { Clock } from '../clock.ts';

/** Finds the addresses of hosts. */
export interface Resolver {
  /** Never rejects; empty when the name is unknown and always was. */
  resolve(host: string): Promise<LookupAddress[]>;
}

export interface ResolverDeps {
  /** `dns.promises.lookup` with `all`. */
  lookup: (host: string) => Promise<LookupAddress[]>;
  clock: Clock;
  deadlineMs?: number;
}

/**
 * Remembers each name's last answer for as long as the process lives: where DNS does not answer
 * in time (often the very trouble a site has), the last known address is as good. A name is
 * never looked up twice at once, since a lookup cannot be stopped and holds a thread.
 */
export function createResolver({ lookup, clock, deadlineMs = 3_000 }: ResolverDeps): Resolver {
  const known = new Map<string, LookupAddress[]>();
  const underWay = new Map<string, Promise<LookupAddress[]>>();

  function ask(host: string): Promise<LookupAddress[]> {
    const asked = lookup(host)
      .then((addresses) => {
        if (addresses.length > 0) known.set(host, addresses);
        return known.get(host) ?? [];
      })
      .catch(() => known.get(host) ?? [])
      .finally(() => underWay.delete(host));
    underWay.set(host, asked);
    return asked;
  }

  return {
    async resolve(host) {
      const family = isIP(host);
      if (family !== 0) return [{ address: host, family }];
      const asked = underWay.get(host) ?? ask(host);
      let cancel = (): void => undefined;
      const late = new Promise<LookupAddress[]>((resolve) => {
        cancel = clock.after(deadlineMs, () => resolve(known.get(host) ?? []));
      });
      const addresses = await Promise.race([asked, late]);
      cancel();
      return addresses;
    },
  };
}
