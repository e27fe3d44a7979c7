import { describe, expect, it } from 'vitest';
import type { NodeState } from '../../protocol/node-state.ts';
import type { StoredReport } from '../../protocol/report.ts';
import { createManualClock } from './manual-clock.ts';
import { createFleet } from './node-fleet.ts';

/** A fleet, its clock, and everything it told. */
function aFleet() {
  const clock = createManualClock();
  const fleet = createFleet({ now: clock.now, alarm: clock.schedule, startedAtMs: clock.now() });
  const told: { nodes: NodeState[]; removed: string[] }[] = [];
  fleet.onChange((change) => told.push(change));
  const startedAt = clock.now();

  function aReport(node: string, fields: Partial<StoredReport> = {}): StoredReport {
    return { node, timestamp: new Date(clock.now()).toISOString(), receivedAt: clock.now(), interval: 60, ...fields };
  }
  return {
    clock,
    fleet,
    told,
    startedAt,
    aReport,
    hear: (node: string, fields?: Partial<StoredReport>) => fleet.apply([kept(aReport(node, fields))]),
    status: (node: string) => fleet.get(node)?.status,
  };
}

const kept = (report: StoredReport) => ({ report, timestampMs: Date.parse(report.timestamp) });
const at = (ms: number): string => new Date(ms).toISOString();
const statusesIn = (change: { nodes: NodeState[] } | undefined): string[] =>
  (change?.nodes ?? []).map(({ node, status }) => `${node} ${status}`);

describe('fleet', () => {
  it('makes a state of the newest report, with null and empty for what it did not say', () => {
    const { fleet, hear, clock } = aFleet();

    hear('lyon-01', { latency: 3.4, metrics: { cpu: 12 } });

    expect(fleet.get('lyon-01')).toEqual({
      node: 'lyon-01',
      status: 'online',
      since: clock.now(),
      ip: null,
      devices: null,
      latency: 3.4,
      loss: null,
      jitter: null,
      metrics: { cpu: 12 },
      targets: [],
      labels: {},
      agent: null,
      timestamp: at(clock.now()),
      receivedAt: clock.now(),
      interval: 60,
      nextDue: clock.now() + 60_000,
      connected: false,
    });
  });

  it('keeps of a LAN inventory its size', () => {
    const { fleet, hear } = aFleet();

    hear('a', { hosts: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }] });
    hear('b', { hosts: [{ ip: '10.0.0.1' }], devices: null });

    expect(fleet.get('a')).toMatchObject({ devices: 2 });
    expect(fleet.get('a')).not.toHaveProperty('hosts');
    expect(fleet.get('b')).toMatchObject({ devices: null });
  });

  it('tells of late and offline at the moment each begins', () => {
    const { clock, hear, told, startedAt } = aFleet();
    hear('a');
    told.length = 0;

    clock.advance(79_999);
    expect(told).toEqual([]);
    clock.advance(1);
    expect(told.map(statusesIn)).toEqual([['a late']]);
    clock.advance(104_999);
    expect(told).toHaveLength(1);
    clock.advance(1);

    expect(told.map(statusesIn)).toEqual([['a late'], ['a offline']]);
    expect(told.map(({ nodes }) => nodes[0]!.since)).toEqual([startedAt + 80_000, startedAt + 185_000]);
  });

  it('tells in one call of all nodes that change at the same moment', () => {
    const { clock, fleet, aReport, told } = aFleet();

    fleet.apply([aReport('a'), aReport('b'), aReport('c', { interval: 120 })].map(kept));
    clock.advance(80_000);

    expect(told.map(statusesIn)).toEqual([
      ['a online', 'b online', 'c online'],
      ['a late', 'b late'],
    ]);
  });

  it('says nothing besides a report that only renews what is known', () => {
    const { clock, hear, told, fleet } = aFleet();
    hear('a');
    const version = fleet.version();
    told.length = 0;

    clock.advance(60_000);
    hear('a', { latency: 9 });

    expect(told).toEqual([]);
    expect(fleet.version()).toBeGreaterThan(version);
    expect(fleet.get('a')).toMatchObject({ latency: 9, nextDue: clock.now() + 60_000 });
  });

  it('tells of a label that is named as what each object has', () => {
    const { fleet, told, hear, clock } = aFleet();
    hear('a', { labels: {} });
    clock.advance(1_000);
    hear('a', { labels: { constructor: 'us' }, interval: 30 });

    expect(told.at(-1)?.nodes[0]?.labels).toEqual({ constructor: 'us' });
    expect(fleet.get('a')?.labels).toEqual({ constructor: 'us' });
  });

  it('tells of an interval and of labels that a report changed', () => {
    const { clock, hear, told } = aFleet();
    hear('a', { labels: { site: 'Lyon' } });
    told.length = 0;

    clock.advance(1_000);
    hear('a', { labels: { site: 'Lyon' } });
    clock.advance(1_000);
    hear('a', { labels: { site: 'Lille' } });
    clock.advance(1_000);
    hear('a', { labels: { site: 'Lille' }, interval: 10 });

    expect(told.map(({ nodes }) => [nodes[0]!.labels.site, nodes[0]!.interval])).toEqual([
      ['Lille', 60],
      ['Lille', 10],
    ]);
  });

  it('is online again, since the receipt, when an offline node is heard', () => {
    const { clock, hear, told } = aFleet();
    hear('a');
    clock.advance(500_000);

    hear('a');

    expect(told.at(-1)?.nodes[0]).toMatchObject({ status: 'online', since: clock.now() });
  });

  it('lets a late arrival, and a report it has, change nothing', () => {
    const { clock, hear, told, fleet, startedAt } = aFleet();
    hear('a', { latency: 1 });
    clock.advance(70_000);
    const [state, version, tellings] = [fleet.get('a'), fleet.version(), told.length];

    hear('a', { timestamp: at(startedAt - 1), latency: 99, interval: 3_600 });
    hear('a', { timestamp: at(startedAt), latency: 99 });

    expect([fleet.get('a'), fleet.version(), told.length]).toEqual([state, version, tellings]);
    clock.advance(10_000);
    expect(fleet.get('a')).toMatchObject({ status: 'late', latency: 1 });
  });

  it('counts from the receipt, whatever the clock of the site says', () => {
    const { clock, hear, status } = aFleet();
    hear('past', { timestamp: '2001-01-01T00:00:00.000Z' });
    hear('future', { timestamp: at(clock.now() + 500_000) });

    clock.advance(79_999);
    expect([status('past'), status('future')]).toEqual(['online', 'online']);
    clock.advance(1);
    expect([status('past'), status('future')]).toEqual(['late', 'late']);
  });

  it('learns the interval of a node that does not say it', () => {
    const { clock, hear, fleet } = aFleet();
    const silent: Partial<StoredReport> = { interval: undefined };

    hear('a', silent);
    expect(fleet.get('a')?.interval).toBe(60);
    for (const gap of [300_020, 299_990, 300_000]) {
      clock.advance(gap);
      hear('a', silent);
    }

    expect(fleet.get('a')).toMatchObject({ interval: 300, nextDue: clock.now() + 300_000 });
  });

  it('keeps the order of first appearance, and puts a node that returns at the end', () => {
    const { fleet, hear, clock } = aFleet();
    for (const node of ['b', 'a', 'c']) hear(node);
    clock.advance(1);
    hear('b');
    expect(fleet.all().map(({ node }) => node)).toEqual(['b', 'a', 'c']);

    fleet.rebuild('b', undefined);
    hear('b');

    expect(fleet.all().map(({ node }) => node)).toEqual(['a', 'c', 'b']);
  });

  it('never changes a state that was handed out', () => {
    const { fleet, hear, clock } = aFleet();
    hear('a');
    const state = fleet.get('a');
    const copy = structuredClone(state);

    clock.advance(80_000);
    hear('a', { latency: 5 });
    fleet.connect('a');

    expect(state).toEqual(copy);
  });

  it('leaves no alarm behind when closed, nor when nothing is awaited', () => {
    const { fleet, hear, clock } = aFleet();
    expect(clock.pending()).toBe(0);
    hear('a');
    expect(clock.pending()).toBe(1);
    clock.advance(200_000);
    expect(clock.pending()).toBe(0);
    hear('a');
    fleet.close();

    expect(clock.pending()).toBe(0);
  });
});

describe("fleet, agents' sockets", () => {
  it('tells of the first socket that opens and the last that closes', () => {
    const { fleet, hear, told } = aFleet();
    hear('a');
    told.length = 0;

    const first = fleet.connect('a');
    const second = fleet.connect('a');
    first();
    first();
    expect(fleet.get('a')?.connected).toBe(true);
    second();

    expect(told.map(({ nodes }) => nodes[0]!.connected)).toEqual([true, false]);
  });

  it('knows of a socket that was open before the first report', () => {
    const { fleet, hear, told } = aFleet();
    fleet.connect('a');
    expect(told).toEqual([]);

    hear('a');

    expect(fleet.get('a')?.connected).toBe(true);
  });

  it('takes a node whose socket is gone for 30 s and whose report is due for dark', () => {
    const { fleet, clock, status, aReport, told } = aFleet();
    const hangUp = fleet.connect('a');
    fleet.apply([kept(aReport('a', { interval: 40 }))]);
    clock.advance(1_000);
    hangUp();

    clock.advance(38_999);
    expect(status('a')).toBe('online');
    clock.advance(1);

    expect(status('a')).toBe('offline');
    expect(told.at(-1)?.nodes[0]?.since).toBe(clock.now());
  });

  it('is online again when the socket comes back before the report is late', () => {
    const { fleet, clock, status, hear } = aFleet();
    const hangUp = fleet.connect('a');
    hear('a');
    hangUp();
    clock.advance(61_000);
    expect(status('a')).toBe('offline');

    fleet.connect('a');

    expect(fleet.get('a')).toMatchObject({ status: 'online', since: clock.now() });
  });

  it('holds no missing socket against a node that reports through another door', () => {
    const { fleet, clock, status, hear } = aFleet();
    const hangUp = fleet.connect('a');
    hear('a');
    clock.advance(1);
    hangUp();
    clock.advance(60_000);
    hear('a');

    clock.advance(79_999);

    expect(status('a')).toBe('online');
  });

  it('holds it against a node whose last report was under way when the socket closed', () => {
    const { fleet, clock, status, hear, startedAt } = aFleet();
    const hangUp = fleet.connect('a');
    hear('a');
    clock.advance(10);
    hangUp();
    clock.advance(5);
    hear('a', { receivedAt: startedAt + 9 });

    clock.advance(60_000);

    expect(status('a')).toBe('offline');
  });

  it('forgets a node while its socket is open, and knows it is open when the node returns', () => {
    const { fleet, hear, told } = aFleet();
    const hangUp = fleet.connect('a');
    hear('a');

    fleet.rebuild('a', undefined);
    hear('a');

    expect(told.at(-2)).toMatchObject({ nodes: [], removed: ['a'] });
    expect(fleet.get('a')?.connected).toBe(true);
    hangUp();
    expect(fleet.get('a')?.connected).toBe(false);
  });
});

describe('fleet, time that Nester did not watch', () => {
  it('gives every node an interval after its own start', () => {
    const { fleet, clock, told, status, startedAt, aReport } = aFleet();
    const day = 86_400_000;
    const dark = aReport('dark', { receivedAt: startedAt - day, timestamp: at(startedAt - day) });
    const fine = aReport('fine', { receivedAt: startedAt - 20_000, timestamp: at(startedAt - 20_000) });

    fleet.load([
      { node: 'dark', newest: dark, times: [startedAt - day] },
      { node: 'fine', newest: fine, times: [startedAt - 20_000, startedAt - 80_000, startedAt - 900_000] },
    ]);

    expect(told).toEqual([]);
    expect(fleet.get('dark')).toMatchObject({ status: 'online', since: startedAt, nextDue: startedAt + 60_000 });
    expect(fleet.get('fine')).toMatchObject({ status: 'online', since: startedAt - 80_000 });
    clock.advance(79_999);
    expect([status('dark'), status('fine')]).toEqual(['online', 'online']);
    clock.advance(1);
    expect(told.map(statusesIn)).toEqual([['dark late', 'fine late']]);
  });

  it('calls no node late for the hours a laptop slept', () => {
    const { clock, hear, told, status } = aFleet();
    hear('dark', { interval: 1 });
    clock.advance(20_000);
    hear('fine');
    told.length = 0;

    clock.leap(8 * 3_600_000);
    clock.advance(5_000);
    expect(status('fine')).toBe('online');
    expect(status('dark')).toBe('offline');
    clock.advance(70_000);
    expect(status('fine')).toBe('online');
    clock.advance(10_000);

    expect(status('fine')).toBe('late');
  });

  it('keeps a late node late across a leap, for the time it had left', () => {
    const { clock, hear, status } = aFleet();
    hear('a');
    clock.advance(100_000);
    expect(status('a')).toBe('late');

    clock.leap(3_600_000);
    clock.advance(80_000);
    expect(status('a')).toBe('late');
    clock.advance(10_000);

    expect(status('a')).toBe('offline');
  });

  it('finds a node dark in time after the clock was set back by a year', () => {
    const { clock, fleet, hear, status } = aFleet();
    hear('a');

    clock.leap(-365 * 86_400_000);
    clock.advance(5_000);
    expect(fleet.get('a')).toMatchObject({ status: 'online', nextDue: clock.now() + 60_000 });
    expect(fleet.get('a')!.since).toBeLessThanOrEqual(clock.now());
    clock.advance(185_000);

    expect(status('a')).toBe('offline');
  });

  it('notices a leap also when a report comes before the alarm', () => {
    const { clock, hear, status } = aFleet();
    hear('a');
    clock.advance(1_000);

    clock.leap(3_600_000);
    hear('b');

    expect([status('a'), status('b')]).toEqual(['online', 'online']);
  });
});

describe('fleet, reports taken away', () => {
  it('falls back to the newest report that is left, and tells', () => {
    const { fleet, hear, clock, told, aReport } = aFleet();
    const older = aReport('a', { latency: 1 });
    hear('a', { latency: 1 });
    clock.advance(60_000);
    hear('a', { latency: 2 });

    fleet.rebuild('a', { node: 'a', newest: older, times: [older.receivedAt] });

    expect(told.at(-1)?.nodes[0]).toMatchObject({ latency: 1, receivedAt: older.receivedAt, status: 'online' });
    clock.advance(20_000);
    expect(told.at(-1)?.nodes[0]).toMatchObject({ status: 'late' });
  });

  it('tells nothing when the newest report stayed as it was', () => {
    const { fleet, told, aReport } = aFleet();
    const report = aReport('a');
    fleet.apply([kept(report)]);

    fleet.rebuild('a', { node: 'a', newest: report, times: [report.receivedAt] });

    expect(told).toHaveLength(1);
  });

  it('tells of a node that an edit brought, and of one that it took', () => {
    const { fleet, told, aReport, clock } = aFleet();
    clock.advance(1_000_000);
    const old = aReport('new', { receivedAt: clock.now() - 400_000, timestamp: at(clock.now() - 400_000) });

    fleet.rebuild('new', { node: 'new', newest: old, times: [old.receivedAt] });
    fleet.rebuild('never there', undefined);
    fleet.rebuild('new', undefined);
    clock.advance(1_000_000);

    expect(told).toHaveLength(2);
    expect(told[0]?.nodes[0]).toMatchObject({ status: 'offline', since: old.receivedAt + 185_000 });
    expect(told[1]).toMatchObject({ nodes: [], removed: ['new'] });
  });
});

it('a node that was dark for want of its socket is late from when one is open again', () => {
  const { clock, fleet, hear, status, startedAt } = aFleet();
  hear('a', { interval: 40 });
  fleet.connect('a')();
  clock.advance(60_000);
  expect(status('a')).toBe('offline');

  fleet.connect('a');

  expect(fleet.get('a')).toMatchObject({ status: 'late', since: startedAt + 60_000 });
});

describe('a node that its site paused', () => {
  const pausedUntil = (ms: number, pausedWhy?: string): Partial<StoredReport> => ({
    agent: { version: '1', mode: 'agent', pausedUntil: at(ms), ...(pausedWhy === undefined ? {} : { pausedWhy }) },
  });

  it('is paused since that report, however long it is silent, and told of once', () => {
    const { clock, fleet, hear, told, startedAt } = aFleet();
    hear('a');
    clock.advance(10_000);
    hear('a', pausedUntil(startedAt + 7_200_000, 'swapping the UPS'));

    clock.advance(7_000_000);

    expect(told.map(statusesIn)).toEqual([['a online'], ['a paused']]);
    expect(fleet.get('a')).toMatchObject({
      status: 'paused',
      since: startedAt + 10_000,
      nextDue: startedAt + 70_000,
      agent: { pausedUntil: at(startedAt + 7_200_000), pausedWhy: 'swapping the UPS' },
    });
  });

  it('is dark from the end of the pause, if it was silent all the while', () => {
    const { clock, hear, told, startedAt } = aFleet();
    hear('a', pausedUntil(startedAt + 600_000));

    clock.advance(600_000);

    expect(told.map(statusesIn)).toEqual([['a paused'], ['a offline']]);
    expect(told.at(-1)?.nodes[0]).toMatchObject({ since: startedAt + 600_000 });
  });

  it('is online from the end of the pause, if it was heard in time, and late by the ordinary rule', () => {
    const { clock, hear, told, startedAt } = aFleet();
    hear('a', pausedUntil(startedAt + 600_000));
    clock.advance(590_000);
    hear('a', pausedUntil(startedAt + 600_000));

    clock.advance(600_000);

    expect(told.flatMap(({ nodes }) => nodes.map(({ status, since }) => [status, since - startedAt]))).toEqual([
      ['paused', 0],
      ['online', 600_000],
      ['late', 670_000],
      ['offline', 775_000],
    ]);
  });

  it('is online as soon as a report says nothing of a pause any more', () => {
    const { clock, hear, told, startedAt } = aFleet();
    hear('a', pausedUntil(startedAt + 600_000));
    clock.advance(30_000);

    hear('a');
    clock.advance(60_000);

    expect(told.map(statusesIn)).toEqual([['a paused'], ['a online']]);
    expect(told.at(-1)?.nodes[0]).toMatchObject({ since: startedAt + 30_000 });
  });

  it('stays so when the pause is made longer, with the beginning it had', () => {
    const { clock, fleet, hear, status, startedAt } = aFleet();
    hear('a', pausedUntil(startedAt + 60_000));
    clock.advance(50_000);
    hear('a', pausedUntil(startedAt + 900_000));

    clock.advance(600_000);

    expect(status('a')).toBe('paused');
    expect(fleet.get('a')?.since).toBe(startedAt);
  });

  it('is neither paused nor resumed by a report that comes too late', () => {
    const { clock, hear, status, startedAt } = aFleet();
    hear('a');
    hear('b', pausedUntil(startedAt + 600_000));

    clock.advance(1_000);
    hear('a', { ...pausedUntil(startedAt + 600_000), timestamp: at(startedAt - 1) });
    hear('b', { timestamp: at(startedAt - 1) });

    expect([status('a'), status('b')]).toEqual(['online', 'paused']);
  });

  it('minds no pause that was over before it was told of', () => {
    const { clock, hear, told, startedAt } = aFleet();
    clock.advance(60_000);

    hear('a', pausedUntil(startedAt + 30_000));
    clock.advance(80_000);

    expect(told.map(statusesIn)).toEqual([['a online'], ['a late']]);
    expect(told.at(-1)?.nodes[0]).toMatchObject({ since: startedAt + 140_000 });
  });

  it('is still paused after a restart of Nester, since what is known of it', () => {
    const { clock, fleet, aReport, startedAt } = aFleet();
    const newest = aReport('a', { ...pausedUntil(startedAt + 600_000), receivedAt: startedAt - 60_000, timestamp: at(startedAt - 60_000) });

    fleet.load([{ node: 'a', newest, times: [startedAt - 60_000] }]);
    const before = fleet.get('a');
    clock.advance(600_000);

    expect(before).toMatchObject({ status: 'paused', since: startedAt - 60_000 });
    expect(fleet.get('a')).toMatchObject({ status: 'offline', since: startedAt + 600_000 });
  });

  it('comes back to the pause when the clock is set back into it', () => {
    const { clock, fleet, hear, status, startedAt } = aFleet();
    hear('a', pausedUntil(startedAt + 60_000));
    clock.advance(61_000);
    expect(status('a')).toBe('online');

    clock.leap(-30_000);
    clock.advance(5_000);

    expect(fleet.get('a')).toMatchObject({ status: 'paused' });
    expect(fleet.get('a')?.since).toBeLessThanOrEqual(clock.now());
  });
});
