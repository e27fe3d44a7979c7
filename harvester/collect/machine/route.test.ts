import { describe, expect, it } from 'vitest';
import { createMemorySystemFiles } from './memory-system-files.ts';
import { defaultRoute, routeOfIpv4, routeOfIpv6 } from './route.ts';

const HEAD = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n';
const ipv4 = (name: string, gateway: string, flags: string, metric: number): string => `${name}\t00000000\t${gateway}\t${flags}\t0\t0\t${metric}\t00000000\t0\t0\t0\n`;
const ZERO = '0'.repeat(32);
const ipv6 = (next: string, flags: string, name: string): string => `${ZERO} 00 ${ZERO} 00 ${next} 00000400 00000003 00000000 ${flags}     ${name}\n`;

describe('default route', () => {
  it('is the one of the lowest metric that is up', () => {
    const table = `${HEAD}${ipv4('wlan0', '0102A8C0', '0003', 600)}${ipv4('eth1', '0103A8C0', '0002', 0)}${ipv4('eth0', '0101A8C0', '0003', 100)}`;

    expect(routeOfIpv4(table, 'LE')).toEqual({ interface: 'eth0', gateway: '192.168.1.1' });
  });

  it('is read in the byte order of the machine', () => {
    expect(routeOfIpv4(HEAD + ipv4('eth0', 'C0A80101', '0003', 0), 'BE')).toEqual({ interface: 'eth0', gateway: '192.168.1.1' });
  });

  it('may lead out without a gateway', () => {
    expect(routeOfIpv4(HEAD + ipv4('ppp0', '00000000', '0001', 0), 'LE')).toEqual({ interface: 'ppp0', gateway: undefined });
  });

  it('is that of IPv6 where there is no other, a link-local gateway with its interface', async () => {
    const unreachable = ipv6(ZERO, '00200200', 'lo');
    const global = ipv6('fd000000000000000000000000000001', '00000003', 'eth0');

    expect(routeOfIpv6(unreachable + global)).toEqual({ interface: 'eth0', gateway: 'fd00:0:0:0:0:0:0:1' });
    const files = createMemorySystemFiles({ '/proc/net/route': HEAD, '/proc/net/ipv6_route': ipv6('fe80000000000000000000000000abcd', '00450003', 'eth0') });
    expect(await defaultRoute(files, 'LE')).toEqual({ interface: 'eth0', gateway: 'fe80:0:0:0:0:0:0:abcd%eth0' });
  });

  it('is unknown without one', async () => {
    expect(await defaultRoute(createMemorySystemFiles(), 'LE')).toBeUndefined();
    expect(routeOfIpv4('eth0 00000000 zzzzzzzz 0003 0 0 0 00000000', 'LE')).toBeUndefined();
    expect(routeOfIpv6(ipv6(ZERO, '00200200', 'lo'))).toBeUndefined();
  });
});
