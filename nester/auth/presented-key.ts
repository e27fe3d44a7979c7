import { hash } from 'node:crypto';
import type { Asker } from './access.ts';

/**
 * SHA-256 of a key, in hex: the form in which keys are kept and compared.
 *
 * A plain hash is right for keys: they are random, so nobody can guess one faster than by trying
 * all, and a slow hash would cost Nester a tenth of a second a report. (What people choose is
 * guessable: see password.ts.) And it makes a look-up in a `Map` safe: what its timing could tell
 * is something of the digest, of which nobody can choose a part, nor get back to the key.
 */
export function digestOf(key: string | Buffer): string {
  return hash('sha256', key, 'hex');
}

/**
 * Digest of the key that a request carries: in `X-API-Key`, else in `Authorization: Bearer`.
 * Headers only: addresses end up in logs and histories.
 */
export function presentedDigest({ headers }: Asker): string | undefined {
  const sent = headers['x-api-key'] ?? bearerOf(headers.authorization);
  // Node reads header bytes as latin1; taken back to bytes, a key in UTF-8 compares as it was typed.
  return typeof sent === 'string' ? digestOf(Buffer.from(sent, 'latin1')) : undefined;
}

function bearerOf(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined;
  return /^bearer +(\S.*)$/i.exec(authorization)?.[1];
}
