import type { Sender } from '../http/client-address.ts';
import type { Refusal } from '../http/problem.ts';

/**
 * What a request may be about, as far as rights go. `public` is for what tells nobody anything
 * (health, the way to log in); everything else is somebody's.
 */
export const ACTIONS = ['public', 'read', 'write', 'forget', 'measure', 'manage keys'] as const;
export type Action = (typeof ACTIONS)[number];

/** What is looked at of a request: a small part of `IncomingMessage`. */
export interface Asker extends Sender {
  method?: string | undefined;
}

/** Somebody's right to do what was asked. */
export interface Grant {
  /** Whose it is, for limits and for words: `anyone`, `shared key`, `key lyon`, `admin`... Holds no secret. */
  readonly holder: string;
  /** Whether reports of this node may come from here. Asked for each report, since a key may be revoked meanwhile. */
  mayWrite(node: string): boolean;
  /** Whether what was granted would be granted again: a key may be revoked, a login end. */
  stands(): boolean;
}

/** The holder of what everybody may do: nobody in particular. */
export const ANYONE = 'anyone';

export type Verdict = { ok: true; grant: Grant } | { ok: false; refusal: Refusal };

/**
 * The one place that decides who may do what, for every route, door and socket. A pure look at
 * what the request carries and at the keys and logins of this moment; it reads nothing else.
 */
export type Authorise = (request: Asker, action: Action) => Verdict;

/** What to do with whom lost the right that a socket was opened with (RFC 6455, 7.4.2: codes for private use). */
export const ENDED = {
  key: { code: 4401, reason: 'key refused' },
  login: { code: 4401, reason: 'logged out' },
} as const;
