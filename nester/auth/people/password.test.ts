import { describe, expect, it } from 'vitest';
import { decodePasswordHash, hashPassword, isPassword } from './password.ts';

describe('a password', () => {
  it('is known again by its hash, and no other is', async () => {
    const { text } = await hashPassword('correct horse é');
    const decoded = decodePasswordHash(text);
    if (!decoded.ok) throw new Error('the hash is not understood');

    expect(await isPassword('correct horse é', decoded.value)).toBe(true);
    expect(await isPassword('correct horse e\u0301', decoded.value)).toBe(true);
    expect(await isPassword('correct horse e', decoded.value)).toBe(false);
    expect(await isPassword('', decoded.value)).toBe(false);
    expect(text).not.toContain('horse');
  });

  it('is hashed anew each time', async () => {
    const [one, two] = [await hashPassword('same'), await hashPassword('same')];

    expect(one.text).not.toBe(two.text);
  });

  it.each([
    'plain',
    'scrypt:32768:8:3:short:short',
    `scrypt:32767:8:3:${'a'.repeat(22)}:${'b'.repeat(43)}`,
    `scrypt:33554432:8:3:${'a'.repeat(22)}:${'b'.repeat(43)}`,
    `scrypt:32768:8:99:${'a'.repeat(22)}:${'b'.repeat(43)}`,
    `scrypt:32768:0:3:${'a'.repeat(22)}:${'b'.repeat(43)}`,
    `SCRYPT:32768:8:3:${'a'.repeat(22)}:${'b'.repeat(43)}`,
  ])('is not taken from %s, and the error does not repeat it', (text) => {
    const decoded = decodePasswordHash(text);

    expect(decoded.ok).toBe(false);
    expect(JSON.stringify(decoded)).not.toContain(text);
  });
});
