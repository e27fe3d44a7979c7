import { ANYONE, type Asker, type Authorise, type Grant } from './access.ts';
import type { Holder } from './holder.ts';
import type { SiteKeys } from './keys/site-keys.ts';
import { digestOf, presentedDigest } from './presented-key.ts';
import { forbiddenRefusal, unknownRefusal } from './refusals.ts';

export interface AuthoriseDeps {
  /** `NESTER_API_KEY`. */
  sharedKey: string | undefined;
  siteKeys: Pick<SiteKeys, 'exist' | 'find'>;
}

export function createAuthorise({ sharedKey, siteKeys }: AuthoriseDeps): Authorise {
  const anyone = anyoneOf({ needsKey: () => sharedKey !== undefined || siteKeys.exist() });
  const fixed = new Map<string, Holder>();
  if (sharedKey !== undefined) fixed.set(digestOf(Buffer.from(sharedKey, 'utf8')), SHARED);

  function keyHolder(request: Asker): Holder | undefined {
    const digest = presentedDigest(request);
    return digest === undefined ? undefined : (fixed.get(digest) ?? siteKeys.find(digest));
  }

  return function authorise(request, action) {
    if (anyone.may(action)) return granted(anyone);
    const known = keyHolder(request);
    if (known?.may(action)) return granted(known);
    return { ok: false, refusal: known ? forbiddenRefusal(known.who, action) : unknownRefusal(action) };
  };
}

function granted(grant: Grant): { ok: true; grant: Grant } {
  return { ok: true, grant };
}

/** What whoever holds the shared key may do: report for any node, and what its own promise has always been. */
const SHARED: Holder = {
  holder: 'shared key',
  who: 'This key',
  may: (action) => action === 'write' || action === 'forget' || action === 'measure',
  mayWrite: () => true,
  stands: () => true,
};

/**
 * What may be done without saying who one is. Once there are keys, also if it is only sites that
 * have one, nothing is changed any more by who has none.
 */
function anyoneOf({ needsKey }: { needsKey: () => boolean }): Holder {
  const isOpen = (): boolean => !needsKey();
  return {
    holder: ANYONE,
    who: 'Not everyone',
    may(action) {
      switch (action) {
        case 'public':
        case 'read':
          return true;
        case 'write':
        case 'forget':
        case 'measure':
          return isOpen();
        case 'manage keys':
          return false;
      }
    },
    mayWrite: isOpen,
    stands: isOpen,
  };
}
