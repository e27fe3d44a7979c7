import { isIP } from 'node:net';
import type { SystemFiles } from './system-files.ts';

/** The way out of the site. */
export interface DefaultRoute {
  interface: string;
  /** IP address of the gateway, with its interface if link-local; `undefined` on a line with two ends (PPP, a tunnel). */
  gateway: string | undefined;
}

export type Endianness = 'LE' | 'BE';

const UP = 0x1;
const GATEWAY = 0x2;
const REJECT = 0x200;

/** The default route of the kernel's main table, IPv4 before IPv6; `undefined` where there is none. */
export async function defaultRoute(files: SystemFiles, endianness: Endianness): Promise<DefaultRoute | undefined> {
  const ipv4 = routeOfIpv4((await files.read('/proc/net/route')) ?? '', endianness);
  return ipv4 ?? routeOfIpv6((await files.read('/proc/net/ipv6_route')) ?? '');
}

/** From /proc/net/route. Its addresses are numbers in the byte order of the machine. */
export function routeOfIpv4(table: string, endianness: Endianness): DefaultRoute | undefined {
  const routes = table.split('\n').flatMap((line) => {
    const [name = '', destination, gateway = '', flags = '', , , metric, mask] = line.trim().split(/\s+/);
    const isDefault = destination === '00000000' && mask === '00000000' && usable(flags);
    if (!isDefault || !/^[0-9A-F]{8}$/i.test(gateway)) return [];
    const bytes = (gateway.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
    const address = (endianness === 'LE' ? bytes.reverse() : bytes).join('.');
    return [{ interface: name, gateway: hasGateway(flags) ? address : undefined, metric: Number(metric) }];
  });
  return best(routes);
}

/** From /proc/net/ipv6_route. */
export function routeOfIpv6(table: string): DefaultRoute | undefined {
  const routes = table.split('\n').flatMap((line) => {
    const [destination, length, , , next = '', metric = '', , , flags = '', name = ''] = line.trim().split(/\s+/);
    const isDefault = destination === '0'.repeat(32) && length === '00' && usable(flags) && name !== 'lo';
    if (!isDefault || !/^[0-9a-f]{32}$/i.test(next)) return [];
    const address = (next.match(/.{4}/g) ?? []).map((group) => Number.parseInt(group, 16).toString(16)).join(':');
    const gateway = /^fe[89ab]/i.test(next) ? `${address}%${name}` : address;
    return [{ interface: name, gateway: hasGateway(flags) && isIP(gateway) !== 0 ? gateway : undefined, metric: Number.parseInt(metric, 16) }];
  });
  return best(routes);
}

const usable = (flags: string): boolean => (Number.parseInt(flags, 16) & (UP | REJECT)) === UP;
const hasGateway = (flags: string): boolean => (Number.parseInt(flags, 16) & GATEWAY) !== 0;

/** The kernel takes the lowest metric, and the first of equals. */
function best(routes: readonly (DefaultRoute & { metric: number })[]): DefaultRoute | undefined {
  const [first] = routes.toSorted((a, b) => a.metric - b.metric);
  return first === undefined ? undefined : { interface: first.interface, gateway: first.gateway };
}
