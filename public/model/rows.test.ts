import { describe, expect, it } from 'vitest';
import type { ViewerFrame } from '../../protocol/frames.ts';
import type { NodeState } from '../../protocol/node-state.ts';
import { count } from './counts.ts';
import { aReport, aState } from './row-builders.ts';
import { createRows } from './rows.ts';

function snapshot(...nodes: NodeState[]): ViewerFrame {
  return { type: 'snapshot', protocol: 1, cursor: 'a-1', serverTime: 0, nodes };
}

function reports(...list: ReturnType<typeof aReport>[]): ViewerFrame {
  return { type: 'reports', cursor: 'a-2', reports: list };
}

describe('rows', () => {
  it('are what the snapshot says, and nothing that an earlier one said', () => {
    const rows = createRows();
    rows.fold(snapshot(aState({ node: 'gone' }), aState({ node: 'stays', devices: 1 })));

    rows.fold(snapshot(aState({ node: 'stays', devices: 2 }), aState({ node: 'new' })));

    expect([...rows.byNode.keys()].sort()).toEqual(['new', 'stays']);
    expect(rows.byNode.get('stays')?.devices).toBe(2);
  });

  it('take the measured values of a newer report, and forget those it did not measure', () => {
    const rows = createRows();
    rows.fold(snapshot(aState({ labels: { city: 'Lyon' }, status: 'late', since: 5, interval: 30, connected: true })));

    rows.fold(reports(aReport({ latency: 9, ip: '10.0.0.8', metrics: { cpu: 4 } })));

    expect(rows.byNode.get('lyon-01')).toMatchObject({
      latency: 9,
      ip: '10.0.0.8',
      metrics: { cpu: 4 },
      devices: null,
      loss: null,
      jitter: null,
      labels: {},
      targets: [],
      agent: null,
      timestamp: '2026-11-22T08:01:00.000Z',
      receivedAt: Date.parse('2026-11-22T08:01:00.050Z'),
    });
  });

  it('leave status, interval and connection to Nester when a report comes', () => {
    const rows = createRows();
    rows.fold(snapshot(aState({ status: 'late', since: 5, interval: 30, connected: true })));

    const changes = rows.fold(reports(aReport({ interval: 99 })));

    expect(changes).toEqual([]);
    expect(rows.byNode.get('lyon-01')).toMatchObject({ status: 'late', since: 5, interval: 30, connected: true });
  });

  it('do not change for a report that arrived late', () => {
    const rows = createRows();
    rows.fold(snapshot(aState()));
    const before = rows.byNode.get('lyon-01');

    rows.fold(reports(aReport({ timestamp: '2026-11-22T07:59:59.999Z', latency: 900 })));

    expect(rows.byNode.get('lyon-01')).toBe(before);
  });

  it('take a report of the very time they have', () => {
    const rows = createRows();
    rows.fold(snapshot(aState()));

    rows.fold(reports(aReport({ timestamp: '2026-11-22T08:00:00.000Z', latency: 7 })));

    expect(rows.byNode.get('lyon-01')?.latency).toBe(7);
  });

  it('begin with the state of a node, not with its report', () => {
    const rows = createRows();
    rows.fold(snapshot());

    rows.fold(reports(aReport()));
    const afterReport = rows.byNode.size;
    const changes = rows.fold({ type: 'nodes', nodes: [aState()] });

    expect(afterReport).toBe(0);
    expect(changes).toMatchObject([{ node: 'lyon-01', from: null, status: 'online' }]);
    expect(rows.byNode.get('lyon-01')).toEqual(aState());
  });

  it('are replaced whole by a state', () => {
    const rows = createRows();
    rows.fold(snapshot(aState({ labels: { city: 'Lyon' } })));

    rows.fold({ type: 'nodes', nodes: [aState({ status: 'offline', since: 9, latency: null })] });

    expect(rows.byNode.get('lyon-01')).toEqual(aState({ status: 'offline', since: 9, latency: null }));
  });

  it('go when their node is removed', () => {
    const rows = createRows();
    rows.fold(snapshot(aState({ node: 'a' }), aState({ node: 'b' })));

    rows.fold({ type: 'removed', nodes: ['a', 'never there'] });

    expect([...rows.byNode.keys()]).toEqual(['b']);
  });

  it('tell which statuses became others, but not those of the first snapshot', () => {
    const rows = createRows();

    const first = rows.fold(snapshot(aState({ node: 'a', status: 'late' }), aState({ node: 'b' })));
    const same = rows.fold({ type: 'nodes', nodes: [aState({ node: 'a', status: 'late', devices: 3 })] });
    const after = rows.fold(snapshot(aState({ node: 'a', status: 'offline' }), aState({ node: 'b' })));

    expect(first).toEqual([]);
    expect(same).toEqual([]);
    expect(after).toEqual([{ node: 'a', from: 'late', status: 'offline', sinceMs: aState().since }]);
  });

  it('keep the same object for a node of which nothing came', () => {
    const rows = createRows();
    rows.fold(snapshot(aState({ node: 'a' }), aState({ node: 'b' })));
    const before = rows.byNode.get('b');

    rows.fold(reports(aReport({ node: 'a' })));
    rows.fold({ type: 'error', message: 'unknown type' });

    expect(rows.byNode.get('b')).toBe(before);
  });

  it('are counted by status as they come, change and go', () => {
    const rows = createRows();
    rows.fold(snapshot(aState({ node: 'a' }), aState({ node: 'b' }), aState({ node: 'c', status: 'late' })));
    rows.fold({ type: 'nodes', nodes: [aState({ node: 'a', status: 'offline' }), aState({ node: 'd', status: 'paused' })] });
    rows.fold({ type: 'removed', nodes: ['b', 'never there'] });
    rows.fold(reports(aReport({ node: 'c', latency: 1 })));

    expect(rows.counts).toEqual(count(rows.byNode.values()));
    expect(rows.counts).toEqual({ all: 3, offline: 1, late: 1, paused: 1, online: 0 });
  });

  it.each([
    ['a value', { latency: 77 }, { values: 1, shape: 0 }],
    ['its address', { ip: '10.9.9.9' }, { values: 1, shape: 1 }],
    ['a label', { labels: { city: 'Lille' } }, { values: 1, shape: 1 }],
    ['a label more', { labels: { city: 'Lyon', group: 'a' } }, { values: 1, shape: 1 }],
    ['its labels', { labels: {} }, { values: 1, shape: 1 }],
  ])('say by their edition what kind of news there is when %s of a node is another', (_what, change, expected) => {
    const rows = createRows();
    const usual = { ip: '10.0.0.7', latency: 3, labels: { city: 'Lyon' } };
    rows.fold(snapshot(aState(usual)));
    const before = { ...rows.edition };

    rows.fold(reports(aReport({ ...usual, ...change })));

    expect({ values: rows.edition.values - before.values, shape: rows.edition.shape - before.shape }).toEqual(expected);
  });
});
