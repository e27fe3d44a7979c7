import { describe, expect, it } from 'vitest';
import type { KnownHost } from './answers.ts';
import { filterHosts, joinedHosts, leftHosts, sortHosts } from './host-list.ts';

const NOW_MS = 100 * 86_400_000;
const hoursAgo = (hours: number): number => NOW_MS - hours * 3_600_000;
const { compare } = new Intl.Collator('en', { numeric: true });

function aHost(host: Partial<KnownHost>): KnownHost {
  return { ip: '10.0.0.1', firstSeen: hoursAgo(72), lastSeen: NOW_MS, present: true, ...host };
}

const ips = (hosts: readonly KnownHost[]): string[] => hosts.map(({ ip }) => ip);

describe('hosts of a network', () => {
  const hosts = [
    aHost({ ip: '10.0.0.10', vendor: 'Météo SA', name: 'sensor' }),
    aHost({ ip: '10.0.0.9', mac: '3C:22:FB:10:10:00', vendor: 'Apple', ports: [22, 8080] }),
    aHost({ ip: '10.0.0.100', name: 'Nas' }),
  ];

  it('are found by every word, in any of what is shown, without case and accents', () => {
    expect(ips(filterHosts(hosts, 'meteo SENS'))).toEqual(['10.0.0.10']);
    expect(ips(filterHosts(hosts, '3c:22 8080'))).toEqual(['10.0.0.9']);
    expect(ips(filterHosts(hosts, 'meteo nas'))).toEqual([]);
    expect(ips(filterHosts(hosts, '  '))).toHaveLength(3);
  });

  it('are ordered by the number of their address', () => {
    expect(ips(sortHosts(hosts, { column: 'ip', isDescending: false }, compare))).toEqual(['10.0.0.9', '10.0.0.10', '10.0.0.100']);
    expect(ips(sortHosts(hosts, { column: 'ip', isDescending: true }, compare))).toEqual(['10.0.0.100', '10.0.0.10', '10.0.0.9']);
  });

  it('stand last where they have no value, in either direction', () => {
    expect(ips(sortHosts(hosts, { column: 'name', isDescending: false }, compare))).toEqual(['10.0.0.100', '10.0.0.10', '10.0.0.9']);
    expect(ips(sortHosts(hosts, { column: 'name', isDescending: true }, compare))).toEqual(['10.0.0.10', '10.0.0.100', '10.0.0.9']);
  });

  it('joined when they were first seen within the day', () => {
    const all = [aHost({ ip: '10.0.0.1' }), aHost({ ip: '10.0.0.2', firstSeen: hoursAgo(2) }), aHost({ ip: '10.0.0.3', firstSeen: hoursAgo(2), present: false })];

    expect(ips(joinedHosts(all, NOW_MS))).toEqual(['10.0.0.2']);
  });

  it('did not join when it was the first scan that found them', () => {
    const all = [aHost({ ip: '10.0.0.1', firstSeen: hoursAgo(3) }), aHost({ ip: '10.0.0.2', firstSeen: hoursAgo(3) }), aHost({ ip: '10.0.0.3', firstSeen: hoursAgo(1) })];

    expect(ips(joinedHosts(all, NOW_MS))).toEqual(['10.0.0.3']);
    expect(joinedHosts([], NOW_MS)).toEqual([]);
  });

  it('left when they were there within the day, and are not now', () => {
    const all = [aHost({ ip: '10.0.0.1' }), aHost({ ip: '10.0.0.2', present: false, lastSeen: hoursAgo(3) }), aHost({ ip: '10.0.0.3', present: false, lastSeen: hoursAgo(40) })];

    expect(ips(leftHosts(all, NOW_MS))).toEqual(['10.0.0.2']);
  });
});
