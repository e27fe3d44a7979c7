import type { Refusal } from '../http/problem.ts';
import type { Action } from './access.ts';

/** The way of programs to say who they are. Browsers know neither scheme, and so show no window of their own. */
const CHALLENGE = { 'WWW-Authenticate': 'ApiKey realm="Nester", header="X-API-Key"' };

export const KEY_REFUSED: Refusal = { status: 401, detail: 'The X-API-Key header is missing or wrong.', headers: CHALLENGE };

/** What to say to whom nobody knows. */
export function unknownRefusal(action: Action): Refusal {
  switch (action) {
    case 'read':
      return {
        status: 401,
        detail: 'Log in first; programs send NESTER_READ_KEY as X-API-Key, or as Authorization: Bearer.',
        headers: { 'WWW-Authenticate': 'Bearer realm="Nester"' },
      };
    case 'manage keys':
      return { status: 401, detail: 'Log in as admin first.', headers: { 'WWW-Authenticate': 'Bearer realm="Nester"' } };
    default:
      return KEY_REFUSED;
  }
}

/** What to say to somebody who is known and may not. `who` as in "This key". */
export function forbiddenRefusal(who: string, action: Action): Refusal {
  const what: Record<Action, string> = {
    public: 'do this',
    read: 'read',
    write: 'send reports',
    forget: 'forget nodes',
    measure: 'ask for measurements',
    'manage keys': 'manage keys',
  };
  return { status: 403, detail: `${who} may not ${what[action]}.` };
}
