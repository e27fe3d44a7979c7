import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressesOf, decodeSubnet, formatSubnet, includes, overlap, subnetAround, subnetOf } from './subnet.ts';

describe('subnet', () => {
  it('is named by its first address, whichever of its addresses was given', () => {
    expect(decodeSubnet('192.168.1.77/24')).toEqual({ ok: true, value: { address: '192.168.1.0', prefix: 24 } });
    expect(decodeSubnet('10.20.255.255/16')).toEqual({ ok: true, value: { address: '10.20.0.0', prefix: 16 } });
    expect(decodeSubnet('255.255.255.255/32')).toEqual({ ok: true, value: { address: '255.255.255.255', prefix: 32 } });
  });

  it('is refused when larger than a /16, and says so', () => {
    const decoded = decodeSubnet('10.0.0.0/8');

    expect(decoded).toMatchObject({ ok: false, errors: [{ message: expect.stringContaining('larger than a /16') }] });
  });

  it.each(['10.0.0.0', '10.0.0/24', '256.0.0.0/24', '10.0.0.0/33', '-oN/24', '10.0.0.0/24 -oN', 'fe80::/64', '10.0.0.0/+24'])('refuses %j', (text) => {
    expect(decodeSubnet(text).ok).toBe(false);
  });

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 16, max: 32 }), (address, prefix) => {
        const decoded = decodeSubnet(`${address}/${prefix}`);
        if (!decoded.ok) throw new Error('refused');

        expect(decodeSubnet(formatSubnet(decoded.value))).toEqual(decoded);
      }),
    );
  });

  it('of an own address is found among the interfaces, loopback left out', () => {
    const interfaces = {
      lo: [{ address: '127.0.0.1', family: 'IPv4', cidr: '127.0.0.1/8', internal: true }],
      eth0: [
        { address: 'fe80::1', family: 'IPv6', cidr: 'fe80::1/64', internal: false },
        { address: '10.1.2.3', family: 'IPv4', cidr: '10.1.2.3/22', internal: false },
      ],
    };

    expect(subnetOf('10.1.2.3', interfaces)).toEqual({ address: '10.1.0.0', prefix: 22 });
    expect(subnetOf('127.0.0.1', interfaces)).toBeUndefined();
    expect(subnetOf('10.9.9.9', interfaces)).toBeUndefined();
  });

  it('has the addresses of its hosts, in order, without its own and that of all', () => {
    expect(addressesOf({ address: '10.0.0.252', prefix: 30 })).toEqual(['10.0.0.253', '10.0.0.254']);
    expect(addressesOf({ address: '10.0.0.7', prefix: 32 })).toEqual(['10.0.0.7']);
    expect(addressesOf({ address: '10.0.0.6', prefix: 31 })).toEqual(['10.0.0.6', '10.0.0.7']);
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 20, max: 32 }), (address, prefix) => {
        const subnet = subnetAround(address, prefix);
        const addresses = addressesOf(subnet);

        expect(addresses.every((ip) => includes(subnet, ip))).toBe(true);
        expect(new Set(addresses).size).toBe(Math.max(2 ** (32 - prefix) - (prefix >= 31 ? 0 : 2), 1));
        expect(includes(subnet, '10.0.0')).toBe(false);
      }),
    );
  });

  it('overlaps with its parts, and with what it is a part of', () => {
    const [whole, part, other] = [subnetAround('10.1.0.0', 16), subnetAround('10.1.9.0', 24), subnetAround('10.2.9.0', 24)];

    expect([overlap(whole, part), overlap(part, whole), overlap(part, part)]).toEqual([true, true, true]);
    expect([overlap(whole, other), overlap(other, part)]).toEqual([false, false]);
  });
});
