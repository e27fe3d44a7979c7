import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Refusal } from './problem.ts';

/** Whether a request carries the key, in `X-API-Key`. */
export type KeyCheck = (request: Pick<IncomingMessage, 'headers'>) => boolean;

/**
 * Compares digests, so that the time taken tells nothing of the key, its length included.
 * Without a key every request passes.
 */
export function createKeyCheck(key: string | undefined): KeyCheck {
  if (key === undefined) return () => true;
  const expected = digestOf(Buffer.from(key, 'utf8'));
  return ({ headers }) => {
    const sent = headers['x-api-key'];
    // Node reads header bytes as latin1; taken back to bytes, a key in UTF-8 compares as it was typed.
    return typeof sent === 'string' && timingSafeEqual(digestOf(Buffer.from(sent, 'latin1')), expected);
  };
}

const digestOf = (bytes: Buffer): Buffer => hash('sha256', bytes, 'buffer');

export const KEY_REFUSED: Refusal = {
  status: 401,
  detail: 'The X-API-Key header is missing or wrong.',
  headers: { 'WWW-Authenticate': 'ApiKey realm="Nester", header="X-API-Key"' },
};
