import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Authority, createAuthority } from '../../test/support/certificates.ts';
import { isSamePair, readTlsPair } from './pair.ts';

const folder = mkdtempSync(join(tmpdir(), 'nester-tls-'));
let authority: Authority;
beforeAll(() => {
  authority = createAuthority(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const put = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

describe('reading a certificate and its key', () => {
  it('takes two that belong together, and says until when', async () => {
    const read = await readTlsPair(authority.issue('good'));

    expect(read).toMatchObject({ ok: true });
    expect(read.ok && read.pair.validToMs).toBeGreaterThan(Date.now());
    expect(read.ok && isSamePair(read.pair, read.pair)).toBe(true);
  });

  it('refuses a key of another certificate', async () => {
    const { cert } = authority.issue('one');
    const { key } = authority.issue('other');

    expect(await readTlsPair({ cert, key })).toEqual({ ok: false, problems: [`NESTER_TLS_KEY: ${key} is not the key of the certificate in ${cert}`] });
  });

  it('names variable and file of everything that is wrong, and shows nothing of what is in them', async () => {
    const cert = put('broken.pem', '-----BEGIN CERTIFICATE-----\nsecret\n-----END CERTIFICATE-----\n');
    const key = put('broken.key', '-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n');

    const broken = await readTlsPair({ cert, key });
    const missing = await readTlsPair({ cert: join(folder, 'none.pem'), key });
    const swapped = authority.issue('swapped');
    const exchanged = await readTlsPair({ cert: swapped.key, key: swapped.cert });

    expect(broken).toEqual({
      ok: false,
      problems: [`NESTER_TLS_CERT: ${cert} holds no certificate in PEM form`, `NESTER_TLS_KEY: ${key} holds no private key in PEM form, or one with a passphrase`],
    });
    expect(missing).toMatchObject({ ok: false, problems: [expect.stringMatching(/^NESTER_TLS_CERT: .*none\.pem cannot be read: ENOENT/), expect.stringMatching(/^NESTER_TLS_KEY: /)] });
    expect(exchanged.ok).toBe(false);
    expect(JSON.stringify([broken, missing, exchanged])).not.toContain('secret');
  });
});
