import { describe, expect, it } from 'vitest';
import type { LiveReport } from '../../protocol/node-state.ts';
import { pointOf } from './measured.ts';

const atMs = Date.parse('2026-11-24T10:00:00.000Z');
const report: LiveReport = {
  node: 'a',
  timestamp: '2026-11-24T10:00:00.000Z',
  receivedAt: atMs + 100,
  latency: 12,
  loss: 5,
  devices: null,
  metrics: { cpu: 40, loss: 7 },
  targets: [{ name: 'gateway', latency: 1, loss: null }],
};

describe('what a report adds to a series', () => {
  it('is its field, its metric, or its target’s', () => {
    const valueOf = (metric: string, target?: string): number | undefined => pointOf(report, { metric, target })?.value;

    expect(valueOf('latency')).toBe(12);
    expect(valueOf('cpu')).toBe(40);
    expect(valueOf('latency', 'gateway')).toBe(1);
  });

  it('is the metric of a field’s name where that is asked for', () => {
    expect(pointOf(report, { metric: 'metrics.loss' })?.value).toBe(7);
    expect(pointOf(report, { metric: 'loss' })?.value).toBe(5);
  });

  it('is nothing where the report says nothing, or that there was no answer', () => {
    for (const series of [{ metric: 'devices' }, { metric: 'jitter' }, { metric: 'disk' }, { metric: 'loss', target: 'gateway' }, { metric: 'latency', target: 'moon' }]) {
      expect(pointOf(report, series)).toBeUndefined();
    }
  });

  it('came late when it was received more than a minute, or two intervals, after it was measured', () => {
    const isLate = (afterMs: number, interval?: number): boolean | undefined =>
      pointOf({ ...report, receivedAt: atMs + afterMs, ...(interval === undefined ? {} : { interval }) }, { metric: 'cpu' })?.isLate;

    expect([isLate(60_000), isLate(60_001)]).toEqual([false, true]);
    expect([isLate(600_000, 300), isLate(600_001, 300)]).toEqual([false, true]);
  });
});
