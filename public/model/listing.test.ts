import { describe, expect, it } from 'vitest';
import type { NodeState } from '../../protocol/node-state.ts';
import { type Found, NOTHING_FOUND } from './filter.ts';
import { createListing, type Item, REST_MS, SETTLE_MS } from './listing.ts';
import { EVERYTHING, folded, groupedBy, type Query, sortedBy, toggled } from './query.ts';
import { aReport, aState } from './row-builders.ts';
import { createRows } from './rows.ts';

const { compare } = new Intl.Collator('en', { numeric: true });

function aFleet(...states: Partial<NodeState>[]) {
  const rows = createRows();
  const listing = createListing(compare);
  rows.fold({ type: 'snapshot', protocol: 1, cursor: 'a-1', serverTime: 0, nodes: states.map(aState) });
  return {
    rows,
    listing,
    fleet: { rows: rows.byNode, edition: rows.edition },
    list: (query: Query, nowMs = 0, found: Found = NOTHING_FOUND) =>
      listing.list({ rows: rows.byNode, edition: rows.edition }, query, found, nowMs),
    measure: (node: string, latency: number) =>
      rows.fold({ type: 'reports', cursor: 'a-2', reports: [aReport({ node, latency, ip: aState().ip })] }),
    put: (state: Partial<NodeState>) => rows.fold({ type: 'nodes', nodes: [aState(state)] }),
    remove: (node: string) => rows.fold({ type: 'removed', nodes: [node] }),
  };
}

function nodesOf({ items }: { items: readonly Item[] }): string[] {
  return items.map((item) => (item.kind === 'node' ? item.node : `[${item.value}]`));
}

function arranged(states: Partial<NodeState>[], query: Partial<Query> = {}): string[] {
  return nodesOf(aFleet(...states).list({ ...EVERYTHING, ...query }));
}

describe('what is listed', () => {
  it('has trouble first, and equals by name as people count', () => {
    const nodes = arranged([
      { node: 'site 10' },
      { node: 'site 9' },
      { node: 'z', status: 'late' },
      { node: 'b', status: 'offline' },
      { node: 'y', status: 'paused' },
      { node: 'a', status: 'late' },
    ]);

    expect(nodes).toEqual(['b', 'a', 'z', 'y', 'site 9', 'site 10']);
  });

  it('keeps names in their order when the statuses are reversed', () => {
    expect(arranged([{ node: 'a', status: 'offline' }, { node: 'c' }, { node: 'b' }], { descending: true })).toEqual(['b', 'c', 'a']);
  });

  it('keeps unknown values last in both directions', () => {
    const states = [{ node: 'none', latency: null }, { node: 'slow', latency: 90 }, { node: 'quick', latency: 9 }];

    expect(arranged(states, { sort: 'latency' })).toEqual(['quick', 'slow', 'none']);
    expect(arranged(states, { sort: 'latency', descending: true })).toEqual(['slow', 'quick', 'none']);
  });

  it('has addresses by their numbers, IPv4 before IPv6', () => {
    const states = [
      { node: 'd', ip: 'fe80::1' },
      { node: 'c', ip: '10.0.0.10' },
      { node: 'e', ip: null },
      { node: 'b', ip: '10.0.0.9' },
      { node: 'a', ip: '9.255.0.1' },
    ];

    expect(arranged(states, { sort: 'ip' })).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(arranged(states, { sort: 'ip', descending: true })).toEqual(['d', 'c', 'b', 'a', 'e']);
  });

  it.each([
    ['devices', { devices: 3 }, { devices: 20 }],
    ['loss', { loss: 0 }, { loss: 10 }],
    ['jitter', { jitter: 0 }, { jitter: 10 }],
    ['updated', { timestamp: '2026-11-22T07:59:59.999Z' }, { timestamp: '2026-11-22T08:00:00.000Z' }],
    ['agent', { agent: { version: '1.9.0', mode: 'once' } }, { agent: { version: '1.10.0', mode: 'once' } }],
    ['metrics.battery', { metrics: { battery: 9 } }, { metrics: { battery: 10 } }],
    ['node', {}, {}],
  ] as const)('can be ordered by %s', (sort, less, more) => {
    const states = [{ node: 'b', ...more }, { node: 'a', ...less }];

    expect(arranged(states, { sort })).toEqual(['a', 'b']);
    expect(arranged(states, { sort, descending: true })).toEqual(['b', 'a']);
  });

  it('takes a metric called like something every object has for the metric it is', () => {
    const states = [{ node: 'none' }, { node: 'some', metrics: { constructor: 1 } as Record<string, number> }];

    expect(arranged(states, { sort: 'metrics.constructor' })).toEqual(['some', 'none']);
  });

  it('holds what matches, or has in its LAN what was looked for', () => {
    const fleet = aFleet({ node: 'lyon' }, { node: 'lille' }, { node: 'nice' });

    const listed = fleet.list({ ...EVERYTHING, text: 'lyon' }, 0, new Map([['nice', ['lyon-printer']]]));

    expect(nodesOf(listed)).toEqual(['lyon', 'nice']);
    expect(listed.matching).toBe(2);
  });
});

describe('groups', () => {
  const states = [
    { node: 'a', labels: { city: 'Lyon' }, latency: 10, loss: 0 },
    { node: 'b', labels: { city: 'Lyon' }, latency: 30, loss: 5 },
    { node: 'c', labels: { city: 'Lille' }, latency: null, loss: null },
    { node: 'd', labels: {}, latency: 4, loss: 1 },
    { node: 'e', labels: { city: 'Nice' }, status: 'late' as const },
    { node: 'f', labels: { city: 'Brest' }, status: 'offline' as const },
    { node: 'g', labels: { city: 'Brest' } },
  ];
  const byCity = groupedBy(EVERYTHING, 'city');

  it('are in order of trouble, then of name, with nodes that have no such label after the others', () => {
    expect(nodesOf(aFleet(...states).list(byCity))).toEqual(['[Brest]', 'f', 'g', '[Nice]', 'e', '[Lille]', 'c', '[Lyon]', 'a', 'b', '[]', 'd']);
  });

  it('say of their nodes how many, how well, how fast and how lossy', () => {
    const heads = aFleet(...states).list(byCity).items.filter((item) => item.kind === 'group');

    expect(heads.find(({ value }) => value === 'Lyon')?.summary).toEqual({
      counts: { all: 2, offline: 0, late: 0, paused: 0, online: 2 },
      medianLatency: 20,
      worstLoss: 5,
    });
    expect(heads.find(({ value }) => value === 'Lille')?.summary).toMatchObject({ medianLatency: null, worstLoss: null });
  });

  it('show their heading alone when they are closed, and count on', () => {
    const listed = aFleet(...states).list(folded(folded(byCity, 'Lyon'), 'Brest'));

    expect(nodesOf(listed)).toEqual(['[Brest]', '[Nice]', 'e', '[Lille]', 'c', '[Lyon]', '[]', 'd']);
    expect(listed.matching).toBe(7);
  });

  it('hold only what matches', () => {
    expect(nodesOf(aFleet(...states).list(toggled(byCity, 'offline')))).toEqual(['[Brest]', 'f']);
  });
});

describe('a list that is read while it changes', () => {
  const byLatency = sortedBy(EVERYTHING, 'latency');
  const start = () => aFleet({ node: 'a', latency: 50 }, { node: 'b', latency: 5 });

  it('keeps lines in place while their values change, and moves them once the time is over', () => {
    const fleet = start();
    const first = fleet.list(byLatency, 1_000);
    fleet.measure('a', 1);

    const soon = fleet.list(byLatency, 1_000 + SETTLE_MS - 1);
    const dueInMs = fleet.listing.dueInMs(1_000 + SETTLE_MS - 1);
    const later = fleet.list(byLatency, 1_000 + SETTLE_MS);

    expect(soon).toBe(first);
    expect(dueInMs).toBe(1);
    expect(nodesOf(later)).toEqual(['a', 'b']);
    expect(fleet.listing.dueInMs(1_000 + SETTLE_MS)).toBeUndefined();
  });

  it('is the same for ever while nothing changes', () => {
    const fleet = start();
    const first = fleet.list(byLatency, 1_000);

    expect(fleet.list(byLatency, 100_000)).toBe(first);
  });

  it('is not arranged anew for values that have no say in its order', () => {
    const fleet = start();
    const first = fleet.list(EVERYTHING, 1_000);
    fleet.measure('a', 1);

    expect(fleet.list(EVERYTHING, 100_000)).toBe(first);
  });

  it('is another one at once for another query', () => {
    const fleet = start();
    fleet.list(byLatency, 1_000);

    expect(nodesOf(fleet.list(sortedBy(byLatency, 'node'), 1_001))).toEqual(['a', 'b']);
  });

  it.each([
    ['comes', byLatency, { node: 'c', latency: 2 }, ['c', 'b', 'a']],
    ['falls silent', EVERYTHING, { node: 'b', status: 'offline' as const }, ['b', 'a']],
  ])('is another one at once when a node %s after some rest', (_what, query, state, expected) => {
    const fleet = start();
    fleet.list(query, 1_000);
    fleet.put(state);

    expect(nodesOf(fleet.list(query, 1_000 + REST_MS))).toEqual(expected);
  });

  it('rests between changes that come thick and fast, and says when it is due', () => {
    const fleet = start();
    fleet.list(byLatency, 1_000);
    fleet.remove('a');

    const soon = fleet.list(byLatency, 1_050);
    const dueInMs = fleet.listing.dueInMs(1_050);
    const later = fleet.list(byLatency, 1_000 + REST_MS);

    expect(nodesOf(soon)).toEqual(['b', 'a']);
    expect(dueInMs).toBe(REST_MS - 50);
    expect(nodesOf(later)).toEqual(['b']);
  });

  it('does not wait for a clock that was set back', () => {
    const fleet = start();
    fleet.list(byLatency, 1_000_000);
    fleet.measure('a', 1);

    expect(nodesOf(fleet.list(byLatency, 5))).toEqual(['a', 'b']);
  });

  it('gives a name that came later its place among the others, and forgets one that went', () => {
    const fleet = aFleet({ node: 'site 9' }, { node: 'site 11' });
    fleet.list(EVERYTHING, 0);
    fleet.put({ node: 'site 10' });
    const three = nodesOf(fleet.list(EVERYTHING, 1_000));
    fleet.remove('site 9');

    expect(three).toEqual(['site 9', 'site 10', 'site 11']);
    expect(nodesOf(fleet.list(EVERYTHING, 2_000))).toEqual(['site 10', 'site 11']);
  });

  it('lists another fleet when it is given one', () => {
    const fleet = start();
    fleet.list(byLatency, 0);
    const past = aFleet({ node: 'old' });

    expect(nodesOf(fleet.listing.list(past.fleet, byLatency, NOTHING_FOUND, 1))).toEqual(['old']);
  });
});
