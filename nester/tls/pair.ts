import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';

/** Where a certificate (and what leads from it to its authority) and its key are, both PEM. */
export interface TlsPaths {
  cert: string;
  key: string;
}

/** A certificate and its key, found to belong together. */
export interface TlsPair {
  cert: Buffer;
  key: Buffer;
  /** From then on browsers refuse it. Epoch ms. */
  validToMs: number;
}

export type ReadTlsPair = { ok: true; pair: TlsPair } | { ok: false; problems: string[] };

/**
 * Reads a pair and looks whether it can be served. Each problem names the variable and the file;
 * none shows what is in a key. Never rejects.
 */
export async function readTlsPair(paths: TlsPaths): Promise<ReadTlsPair> {
  const [cert, key] = await Promise.all([fileOf('NESTER_TLS_CERT', paths.cert), fileOf('NESTER_TLS_KEY', paths.key)]);
  const certificate = cert.ok ? certificateOf(cert.value, paths.cert) : cert;
  const secret = key.ok ? keyOf(key.value, paths.key) : key;
  if (!cert.ok || !key.ok || !certificate.ok || !secret.ok) {
    return { ok: false, problems: [certificate, secret].flatMap((read) => (read.ok ? [] : [read.problem])) };
  }
  const fails = (problem: string): ReadTlsPair => ({ ok: false, problems: [problem] });
  if (!certificate.value.checkPrivateKey(secret.value)) {
    return fails(`NESTER_TLS_KEY: ${paths.key} is not the key of the certificate in ${paths.cert}`);
  }
  const pair = { cert: cert.value, key: key.value, validToMs: Date.parse(certificate.value.validTo) };
  try {
    createSecureContext({ cert: pair.cert, key: pair.key });
  } catch (error) {
    return fails(`NESTER_TLS_CERT: ${paths.cert} cannot be served: ${wordsOf(error)}`);
  }
  return { ok: true, pair };
}

export function isSamePair(one: TlsPair, other: TlsPair): boolean {
  return one.cert.equals(other.cert) && one.key.equals(other.key);
}

type Read<T> = { ok: true; value: T } | { ok: false; problem: string };

async function fileOf(variable: string, path: string): Promise<Read<Buffer>> {
  try {
    return { ok: true, value: await readFile(path) };
  } catch (error) {
    return { ok: false, problem: `${variable}: ${path} cannot be read: ${wordsOf(error)}` };
  }
}

function certificateOf(pem: Buffer, path: string): Read<X509Certificate> {
  try {
    return { ok: true, value: new X509Certificate(pem) };
  } catch {
    return { ok: false, problem: `NESTER_TLS_CERT: ${path} holds no certificate in PEM form` };
  }
}

function keyOf(pem: Buffer, path: string): Read<KeyObject> {
  try {
    return { ok: true, value: createPrivateKey(pem) };
  } catch {
    return { ok: false, problem: `NESTER_TLS_KEY: ${path} holds no private key in PEM form, or one with a passphrase` };
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
