import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { type Decoded, refused } from '../../../protocol/decoded.ts';

/**
 * Passwords of people, kept as scrypt (RFC 7914) of them. What people choose can be guessed, so
 * every guess is made to cost a tenth of a second and 32 MiB; the parameters are those that
 * OWASP's Password Storage Cheat Sheet gives for that much memory.
 *
 * Kept as `scrypt:N:r:p:salt:hash`, salt and hash in base64url. No dollar signs: shells, systemd
 * and Compose files would read variables into them.
 */
const COST = { N: 32_768, r: 8, p: 3 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** A hash that asks for more would be a way to stop Nester. */
const MOST_MEMORY = 256 * 1024 * 1024;

export interface PasswordHash {
  /** As it is written. */
  text: string;
  N: number;
  r: number;
  p: number;
  salt: Buffer;
  hash: Buffer;
}

export async function hashPassword(password: string): Promise<PasswordHash> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt, HASH_BYTES, COST);
  const { N, r, p } = COST;
  return { text: ['scrypt', N, r, p, salt.toString('base64url'), hash.toString('base64url')].join(':'), ...COST, salt, hash };
}

/** Takes the same time whatever is wrong. */
export async function isPassword(password: string, { salt, hash, ...cost }: PasswordHash): Promise<boolean> {
  return timingSafeEqual(await derive(password, salt, hash.length, cost), hash);
}

/** The text is never repeated in an error. */
export function decodePasswordHash(text: string): Decoded<PasswordHash> {
  const parts = /^scrypt:(\d{1,8}):(\d{1,3}):(\d{1,3}):([\w-]{16,128}):([\w-]{22,128})$/.exec(text);
  if (parts === null) return refused('expected a line that `nester password` made, scrypt:...');
  const [N = 0, r = 0, p = 0] = parts.slice(1, 4).map(Number);
  const isPower = N >= 1_024 && (N & (N - 1)) === 0;
  if (!isPower || r === 0 || p === 0 || memoryOf({ N, r, p }) > MOST_MEMORY || p > 16) {
    return refused('expected the parameters of scrypt to be within reason: make a new one with `nester password`');
  }
  return { ok: true, value: { text, N, r, p, salt: Buffer.from(parts[4] ?? '', 'base64url'), hash: Buffer.from(parts[5] ?? '', 'base64url') } };
}

interface Cost {
  N: number;
  r: number;
  p: number;
}

const memoryOf = ({ N, r, p }: Cost): number => 128 * r * (N + p);

function derive(password: string, salt: Buffer, bytes: number, { N, r, p }: Cost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // Composed and decomposed accents are the same to whoever types them (RFC 8265, 4.2).
    scrypt(password.normalize('NFC'), salt, bytes, { N, r, p, maxmem: 2 * MOST_MEMORY }, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });
}
