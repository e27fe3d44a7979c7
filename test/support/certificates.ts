import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { missingPackages } from '../tools.mjs';

/** Files of a certificate and its key, PEM. */
export interface CertificateFiles {
  cert: string;
  key: string;
}

/** An authority of our own for one test, in a folder of the test's. */
export interface Authority extends CertificateFiles {
  /** A certificate for `127.0.0.1` and `localhost`, or another name. Each call makes a new key and a new serial number. */
  issue(name: string, options?: { altNames?: string; days?: number }): CertificateFiles;
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Made by openssl, as most people make theirs. */
export function createAuthority(folder: string, name = 'authority'): Authority {
  const at = (file: string): string => join(folder, file);
  const authority = { cert: at(`${name}.pem`), key: at(`${name}.key`) };
  openssl('req', '-x509', ...NEW_KEY, '-keyout', authority.key, '-out', authority.cert, '-days', '30', '-subj', `/CN=${name}`, '-addext', 'keyUsage=critical,keyCertSign');
  return {
    ...authority,
    issue(file, { altNames = 'IP:127.0.0.1,DNS:localhost', days = 30 } = {}) {
      const issued = { cert: at(`${file}.pem`), key: at(`${file}.key`) };
      const request = at(`${file}.csr`);
      openssl('req', '-new', ...NEW_KEY, '-keyout', issued.key, '-out', request, '-subj', `/CN=${file}`, '-addext', `subjectAltName=${altNames}`);
      openssl('x509', '-req', '-in', request, '-CA', authority.cert, '-CAkey', authority.key, '-CAcreateserial', '-copy_extensions', 'copy', '-days', String(days), '-out', issued.cert);
      rmSync(request);
      return issued;
    },
  };
}

export function pairOf({ cert, key }: CertificateFiles): { cert: Buffer; key: Buffer } {
  return { cert: readFileSync(cert), key: readFileSync(key) };
}

function openssl(...args: string[]): void {
  try {
    execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (error) {
    const missing = missingPackages();
    if (missing.includes('openssl')) throw new Error('openssl is missing. On Debian or Ubuntu: sudo apt-get install -y openssl', { cause: error });
    throw error;
  }
}
