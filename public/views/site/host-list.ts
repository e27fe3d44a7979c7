import { ipKey } from '../../model/ip-key.ts';
import type { KnownHost } from './answers.ts';

/** The hosts of a site's network: which to show, in which order, and what is new. Pure. */

export type HostColumn = 'ip' | 'mac' | 'vendor' | 'name' | 'ports' | 'firstSeen' | 'lastSeen';

export const HOST_COLUMNS: readonly HostColumn[] = ['ip', 'name', 'vendor', 'mac', 'ports', 'firstSeen', 'lastSeen'];

export interface HostOrder {
  column: HostColumn;
  isDescending: boolean;
}

const DAY_MS = 86_400_000;

/** Hosts that have all the words in what is shown of them, whatever their case and accents. */
export function filterHosts(hosts: readonly KnownHost[], typed: string): KnownHost[] {
  const words = plain(typed).split(/\s+/).filter((word) => word !== '');
  return hosts.filter(({ ip, mac, vendor, name, ports }) => {
    const hay = plain([ip, mac, vendor, name, ...(ports ?? [])].join('\n'));
    return words.every((word) => hay.includes(word));
  });
}

export function sortHosts(hosts: readonly KnownHost[], { column, isDescending }: HostOrder, compare: (a: string, b: string) => number): KnownHost[] {
  const sign = isDescending ? -1 : 1;
  return [...hosts].sort((a, b) => {
    const [left, right] = [keyOf(a, column), keyOf(b, column)];
    if (column === 'ip') return sign * byIp(a, b);
    // What is not known comes last, in either direction.
    if (left === '' || right === '') return left === right ? byIp(a, b) : left === '' ? 1 : -1;
    const order = typeof left === 'number' && typeof right === 'number' ? left - right : compare(String(left), String(right));
    return order === 0 ? byIp(a, b) : sign * order;
  });
}

function byIp(a: KnownHost, b: KnownHost): number {
  const [left, right] = [ipKey(a.ip), ipKey(b.ip)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function keyOf(host: KnownHost, column: HostColumn): string | number {
  if (column === 'ports') return host.ports && host.ports.length > 0 ? host.ports.length : '';
  return host[column] ?? '';
}

/** Who came within the last day. Of a network that is itself looked at for less than a day, not those of its first scan. */
export function joinedHosts(hosts: readonly KnownHost[], nowMs: number): KnownHost[] {
  const beginMs = Math.max(nowMs - DAY_MS, Math.min(...hosts.map(({ firstSeen }) => firstSeen)));
  return hosts.filter(({ firstSeen, present }) => present && firstSeen > beginMs);
}

/** Who was there within the last day, and is not any more. */
export function leftHosts(hosts: readonly KnownHost[], nowMs: number): KnownHost[] {
  return hosts.filter(({ lastSeen, present }) => !present && lastSeen > nowMs - DAY_MS);
}

function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
