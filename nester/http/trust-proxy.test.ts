import { describe, expect, it } from 'vitest';
import { readTrustProxy } from './trust-proxy.ts';

/** The addresses of the list that are trusted, each as the peer of the connection. */
function trusted(text: string, ...addresses: string[]): string[] {
  const read = readTrustProxy(text);
  if (!read.ok) throw new Error(read.errors[0]?.message);
  return addresses.filter((address) => read.value(address, 0));
}

describe('NESTER_TRUST_PROXY', () => {
  it('trusts addresses, blocks and names, of both families', () => {
    const text = 'loopback, 10.1.0.0/16, 2001:db8::1';

    expect(trusted(text, '127.0.0.5', '::1', '10.1.2.3', '10.2.0.1', '2001:db8::1', '2001:db8::2')).toEqual(['127.0.0.5', '::1', '10.1.2.3', '2001:db8::1']);
  });

  it('knows an IPv4 address that a socket of both families writes as IPv6', () => {
    expect(trusted('10.0.0.0/8', '::ffff:10.0.0.1', '::ffff:11.0.0.1')).toEqual(['::ffff:10.0.0.1']);
  });

  it('trusts so many hops, whoever they are', () => {
    const read = readTrustProxy('2');

    expect(read.ok && [0, 1, 2].map((hop) => read.value('203.0.113.1', hop))).toEqual([true, true, false]);
  });

  it('trusts all or nobody when told so', () => {
    expect(trusted('true', '203.0.113.1')).toHaveLength(1);
    expect(trusted('false', '127.0.0.1')).toHaveLength(0);
  });

  it('trusts no address that is none', () => {
    expect(trusted('loopback', '', 'unknown', 'localhost')).toEqual([]);
  });

  it.each(['proxy.example.org', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '::1/129', '10.0.0', 'loopback,,10.0.0.1', '-1'])('refuses %s', (text) => {
    expect(readTrustProxy(text).ok).toBe(false);
  });
});
