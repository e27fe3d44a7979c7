import { isIPv4 } from 'node:net';
import { type Decoded, refused } from '../../protocol/decoded.ts';

/** An IPv4 network, `address` being its first one. */
export interface Subnet {
  address: string;
  /** Bits of the mask, 0 to 32. */
  prefix: number;
}

/** Nothing larger is scanned: a /16 has 65,536 addresses. */
export const WIDEST_PREFIX = 16;

/** `192.168.1.7/24` -> 192.168.1.0/24. Digits are taken apart and put together again. */
export function decodeSubnet(text: string): Decoded<Subnet> {
  const parts = /^(\d{1,3}(?:\.\d{1,3}){3})\/(\d{1,2})$/.exec(text);
  const address = parts?.[1] ?? '';
  const prefix = Number(parts?.[2] ?? NaN);
  if (!isIPv4(address) || !(prefix <= 32)) {
    return refused(`expected an IPv4 network such as 192.168.1.0/24, got ${JSON.stringify(text.slice(0, 60))}`);
  }
  if (prefix < WIDEST_PREFIX) {
    return refused(`${text} is larger than a /${WIDEST_PREFIX}: scanning it would take hours; name a part of it`);
  }
  return { ok: true, value: { address: networkOf(address, prefix), prefix } };
}

export function formatSubnet({ address, prefix }: Subnet): string {
  return `${address}/${prefix}`;
}

/** What `os.networkInterfaces()` says of one address. */
export interface InterfaceAddress {
  address: string;
  family: string;
  /** With the mask's bits after the slash. */
  cidr: string | null;
  internal: boolean;
}

/** The network that `ownAddress` belongs to, as the machine's interfaces say; not for loopback. */
export function subnetOf(
  ownAddress: string,
  interfaces: Record<string, InterfaceAddress[] | undefined>,
): { address: string; prefix: number } | undefined {
  for (const addresses of Object.values(interfaces)) {
    for (const { address, family, cidr, internal } of addresses ?? []) {
      if (internal || family !== 'IPv4' || address !== ownAddress || cidr === null) continue;
      const prefix = Number(cidr.split('/')[1]);
      if (Number.isInteger(prefix)) return { address: networkOf(address, prefix), prefix };
    }
  }
  return undefined;
}

function networkOf(address: string, prefix: number): string {
  const bits = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - prefix);
  const first = Math.floor(bits / size) * size;
  return [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join('.');
}
