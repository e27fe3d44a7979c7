import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSubnet, formatSubnet, subnetOf } from './subnet.ts';

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
});
