import { describe, expect, it } from 'vitest';
import { clientAddress, type Sender } from './client-address.ts';
import { readTrustProxy, TRUST_NOBODY } from './trust-proxy.ts';

function aRequest(peer: string, forwarded?: string): Sender {
  return { socket: { remoteAddress: peer }, headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded } };
}

function trusting(text: string) {
  const read = readTrustProxy(text);
  if (!read.ok) throw new Error(read.errors[0]?.message);
  return read.value;
}

describe("a client's address", () => {
  it('is that of the connection where nobody is trusted, whatever it claims', () => {
    expect(clientAddress(aRequest('203.0.113.9', '1.2.3.4'), TRUST_NOBODY)).toBe('203.0.113.9');
  });

  it('is the nearest that is no trusted proxy', () => {
    const request = aRequest('::ffff:127.0.0.1', '1.2.3.4, 203.0.113.9, 10.0.0.2');

    expect(clientAddress(request, trusting('loopback,10.0.0.0/8'))).toBe('203.0.113.9');
  });

  it('is the farthest where all are trusted', () => {
    expect(clientAddress(aRequest('127.0.0.1', '10.0.0.3, 10.0.0.2'), trusting('loopback,uniquelocal'))).toBe('10.0.0.3');
  });

  it('is that before so many hops', () => {
    expect(clientAddress(aRequest('127.0.0.1', '1.2.3.4, 203.0.113.9'), trusting('1'))).toBe('203.0.113.9');
  });
});
