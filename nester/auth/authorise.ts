import type { Action, Asker, Authorise, Grant } from './access.ts';
import { digestOf, presentedDigest } from './presented-key.ts';
import { forbiddenRefusal, unknownRefusal } from './refusals.ts';

/** Somebody who can show who they are, and what that lets them do. */
export interface Holder extends Grant {
  /** As a refusal calls them: "This key". */
  readonly who: string;
  may(action: Action): boolean;
}

export interface AuthoriseDeps {
  /** `NESTER_API_KEY`. */
  sharedKey: string | undefined;
}

export function createAuthorise({ sharedKey }: AuthoriseDeps): Authorise {
  const anyone = anyoneOf({ isWriteOpen: () => sharedKey === undefined });
  const shared = sharedKey === undefined ? undefined : { digest: digestOf(Buffer.from(sharedKey, 'utf8')), holder: SHARED };

  function keyHolder(request: Asker): Holder | undefined {
    const digest = presentedDigest(request);
    if (digest === undefined) return undefined;
    return digest === shared?.digest ? shared.holder : undefined;
  }

  return function authorise(request, action) {
    if (anyone.may(action)) return { ok: true, grant: anyone };
    const known = keyHolder(request);
    if (known?.may(action)) return { ok: true, grant: known };
    return { ok: false, refusal: known ? forbiddenRefusal(known.who, action) : unknownRefusal(action) };
  };
}

/** What whoever holds the shared key may do: report for any node, and what its own promise has always been. */
const SHARED: Holder = {
  holder: 'shared key',
  who: 'This key',
  may: (action) => action === 'write' || action === 'forget' || action === 'measure',
  mayWrite: () => true,
  stands: () => true,
};

/** What may be done without saying who one is. */
function anyoneOf({ isWriteOpen }: { isWriteOpen: () => boolean }): Holder {
  return {
    holder: 'anyone',
    who: 'Not everyone',
    may(action) {
      switch (action) {
        case 'public':
        case 'read':
          return true;
        case 'write':
        case 'forget':
        case 'measure':
          return isWriteOpen();
        case 'manage keys':
          return false;
      }
    },
    mayWrite: isWriteOpen,
    stands: isWriteOpen,
  };
}
