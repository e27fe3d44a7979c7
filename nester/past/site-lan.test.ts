import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Host } from '../../protocol/report.ts';
import { createSiteLan, hostIdentity, hostsOf, REMEMBERED_MS, type SiteLan, takeChange, takeScan } from './site-lan.ts';

const NOW = 1_800_000_000_000;
const HOUR = 3_600_000;

interface Scan {
  atMs: number;
  hosts: Host[];
}

const host = fc.record(
  { ip: fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3'), mac: fc.constantFrom('AA:01', 'aa:01', 'AA:02'), name: fc.constantFrom('box', 'nas') },
  { requiredKeys: ['ip'] },
);
/** Scans at different times. */
const scans = fc.uniqueArray(fc.record({ atMs: fc.integer({ min: 0, max: 1_000 }).map((hours) => NOW - hours * HOUR), hosts: fc.array(host, { maxLength: 4 }) }), {
  selector: ({ atMs }) => atMs,
  maxLength: 12,
});

/** What is known, by identity, without an order. */
function known(lan: SiteLan): Record<string, unknown> {
  return Object.fromEntries(hostsOf(lan).map(({ host: one, ...times }) => [hostIdentity(one), { one, ...times }]));
}

/** The same, found the naive way from all scans at once. */
function expected(all: readonly Scan[]): Record<string, unknown> {
  const inOrder = [...all].sort((a, b) => a.atMs - b.atMs);
  const lastMs = inOrder.at(-1)?.atMs;
  const found: Record<string, unknown> = {};
  for (const identity of new Set(inOrder.flatMap(({ hosts }) => hosts.map(hostIdentity)))) {
    const having = inOrder.filter(({ hosts }) => hosts.some((one) => hostIdentity(one) === identity));
    const last = having.at(-1);
    if (!last || (last.atMs !== lastMs && last.atMs < NOW - REMEMBERED_MS)) continue;
    found[identity] = {
      one: last.hosts.find((one) => hostIdentity(one) === identity),
      firstSeenMs: having[0]?.atMs,
      lastSeenMs: last.atMs,
      isPresent: last.atMs === lastMs,
    };
  }
  return found;
}

describe('the LAN of a site', () => {
  it('knows of each host when it was seen first and last, in whatever order the scans come, and however often', () => {
    fc.assert(
      fc.property(
        scans.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: 2 * all.length }))),
        ([all, inAnyOrder]) => {
          // A host that was let go of in between has another first time; so none is old here.
          const recent = all.map((scan) => ({ ...scan, atMs: NOW - ((NOW - scan.atMs) * 0.7) }));
          const lan = createSiteLan();
          for (const { atMs, hosts } of inAnyOrder) takeScan(lan, NOW - (NOW - atMs) * 0.7, hosts, NOW);
          expect(known(lan)).toEqual(expected(recent));
        },
      ),
    );
  });

  it('is followed by what its changes say', () => {
    fc.assert(
      fc.property(scans, (all) => {
        const lan = createSiteLan();
        const follower = createSiteLan();
        for (const { atMs, hosts } of [...all].sort((a, b) => a.atMs - b.atMs)) {
          const change = takeScan(lan, atMs, hosts, NOW);
          if (change) takeChange(follower, atMs, change, NOW);
        }
        expect(known(follower)).toEqual(known(lan));
        expect(follower.scannedAtMs).toBe(lan.scannedAtMs);
      }),
    );
  });

  it('forgets hosts not seen for 30 days, but never those of the last scan', () => {
    const lan = createSiteLan();
    takeScan(lan, NOW - REMEMBERED_MS - 2, [{ ip: '10.0.0.1' }], NOW);
    expect(hostsOf(lan)).toHaveLength(1);

    takeScan(lan, NOW - REMEMBERED_MS - 1, [{ ip: '10.0.0.2' }], NOW);

    expect(hostsOf(lan).map(({ host: { ip }, isPresent }) => [ip, isPresent])).toEqual([['10.0.0.2', true]]);
  });

  it('keeps a bounded number of hosts, those seen last', () => {
    const lan = createSiteLan();
    for (let n = 0; n < 60; n++) {
      const hosts = Array.from({ length: 100 }, (_, m) => ({ ip: '10.0.0.1', mac: `${n}:${m}` }));
      takeScan(lan, NOW + n, hosts, NOW);
    }

    expect(hostsOf(lan)).toHaveLength(4_096);
    expect(hostsOf(lan).at(-1)).toMatchObject({ host: { mac: '59:99' }, isPresent: true });
    expect(hostsOf(lan).some(({ host: { mac } }) => mac === '0:0')).toBe(false);
  });
});
