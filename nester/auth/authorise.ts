import { ANYONE, type Asker, type Authorise, type Grant } from './access.ts';
import type { Holder } from './holder.ts';
import type { SiteKeys } from './keys/site-keys.ts';
import { type People, READER } from './people/people.ts';
import { digestOf, presentedDigest } from './presented-key.ts';
import { forbiddenRefusal, unknownRefusal } from './refusals.ts';

export interface AuthoriseDeps {
  /** `NESTER_API_KEY`. */
  sharedKey: string | undefined;
  siteKeys: Pick<SiteKeys, 'find'>;
  /** Absent: nobody needs to log in. */
  people: Pick<People, 'holderOf'> | undefined;
  /** `NESTER_READ_KEY`. */
  readKey: string | undefined;
  /** Whether who has no key may not report. */
  needsKey: () => boolean;
}

export function createAuthorise({ sharedKey, siteKeys, people, readKey, needsKey }: AuthoriseDeps): Authorise {
  const anyone = anyoneOf({ needsLogin: people !== undefined, needsKey });
  const fixed = new Map<string, Holder>();
  if (readKey !== undefined) fixed.set(digestOf(Buffer.from(readKey, 'utf8')), READER);
  if (sharedKey !== undefined) fixed.set(digestOf(Buffer.from(sharedKey, 'utf8')), SHARED);

  function keyHolder(request: Asker): Holder | undefined {
    const digest = presentedDigest(request);
    return digest === undefined ? undefined : (fixed.get(digest) ?? siteKeys.find(digest));
  }

  return function authorise(request, action) {
    if (anyone.may(action)) return granted(anyone);
    // Whoever is logged in and has a key may do what either lets them.
    const known = [people?.holderOf(request), keyHolder(request)].filter((holder) => holder !== undefined);
    for (const holder of known) if (holder.may(action)) return granted(holder);
    return { ok: false, refusal: known[0] ? forbiddenRefusal(known[0].who, action) : unknownRefusal(action) };
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
 * have one, nothing is changed any more by who has none; and once there is a password, nothing is
 * read, nor anything taken away, by who is not known.
 */
function anyoneOf({ needsLogin, needsKey }: { needsLogin: boolean; needsKey: () => boolean }): Holder {
  const isOpen = (): boolean => !needsKey();
  return {
    holder: ANYONE,
    who: 'Not everyone',
    may(action) {
      switch (action) {
        case 'public':
          return true;
        case 'read':
          return !needsLogin;
        case 'write':
          return isOpen();
        case 'forget':
        case 'measure':
          return isOpen() && !needsLogin;
        case 'manage keys':
          return false;
      }
    },
    mayWrite: isOpen,
    stands: isOpen,
  };
}
