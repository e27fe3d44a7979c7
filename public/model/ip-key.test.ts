import { BlockList } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipKey } from './ip-key.ts';

const number = (ip: string): bigint => ip.split('.').reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);

describe('ip key', () => {
  it('orders IPv4 addresses by their number', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), (a, b) => {
        expect(ipKey(a) < ipKey(b)).toBe(number(a) < number(b));
      }),
    );
  });

  it('gives every way to write an IPv6 address the same key', () => {
    fc.assert(
      fc.property(fc.ipV6(), (ip) => {
        // The platform's own reading of the address, as a second opinion.
        const list = new BlockList();
        list.addAddress(ip, 'ipv6');
        const groups = ipKey(ip).slice(1).match(/.{4}/g) ?? [];

        expect(groups).toHaveLength(8);
        expect(list.check(groups.join(':'), 'ipv6')).toBe(true);
      }),
    );
  });

  it.each([
    ['10.0.0.9', '10.0.0.10'],
    ['255.255.255.255', '::'],
    ['::1', '::2'],
    ['::ffff:10.0.0.9', '::ffff:10.0.0.10'],
    ['fe80::1', 'FE80::1:0'],
    ['2001:db8::', '2001:db8::1'],
  ])('puts %s before %s', (first, second) => {
    expect(ipKey(first) < ipKey(second)).toBe(true);
  });
});
