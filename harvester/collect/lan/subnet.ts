import { isIPv4 } from 'node:net';
import { type Decoded, refused } from '../../../protocol/decoded.ts';

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
  return { ok: true, value: subnetAround(address, prefix) };
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
  mac?: string;
}

/** The IPv4 network of one address of an interface. */
export function subnetOfInterface({ address, family, cidr }: InterfaceAddress): Subnet | undefined {
  const prefix = Number(cidr?.split('/')[1] ?? NaN);
  return family === 'IPv4' && Number.isInteger(prefix) ? subnetAround(address, prefix) : undefined;
}

/** The network that `ownAddress` belongs to, as the machine's interfaces say; not for loopback. */
export function subnetOf(ownAddress: string, interfaces: Record<string, InterfaceAddress[] | undefined>): Subnet | undefined {
  const own = Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .find(({ address, internal, family }) => !internal && family === 'IPv4' && address === ownAddress);
  return own && subnetOfInterface(own);
}

/** The network of that size which the address belongs to. */
export function subnetAround(address: string, prefix: number): Subnet {
  return { address: addressOf(firstOf(address, prefix)), prefix };
}

/** Whether an address is one of a host there: not the network's own, nor that of all hosts. */
export function includes({ address, prefix }: Subnet, ip: string): boolean {
  if (!isIPv4(ip) || firstOf(ip, prefix) !== firstOf(address, prefix)) return false;
  return prefix >= 31 || (ip !== address && numberOf(ip) !== lastOf({ address, prefix }));
}

/** Whether one of the two is a part of the other. */
export function overlap(a: Subnet, b: Subnet): boolean {
  const prefix = Math.min(a.prefix, b.prefix);
  return firstOf(a.address, prefix) === firstOf(b.address, prefix);
}

/** The addresses that hosts may have there, in order. */
export function addressesOf(subnet: Subnet): string[] {
  const first = numberOf(subnet.address);
  const all = Array.from({ length: lastOf(subnet) - first + 1 }, (_, at) => addressOf(first + at));
  return subnet.prefix >= 31 ? all : all.slice(1, -1);
}

/** Addresses in order are numbers in order. */
export function numberOf(ip: string): number {
  return ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function addressOf(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}

function firstOf(ip: string, prefix: number): number {
  const size = 2 ** (32 - prefix);
  return Math.floor(numberOf(ip) / size) * size;
}

const lastOf = ({ address, prefix }: Subnet): number => firstOf(address, prefix) + 2 ** (32 - prefix) - 1;
