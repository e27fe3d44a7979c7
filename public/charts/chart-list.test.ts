import { describe, expect, it } from 'vitest';
import { en } from '../text/site/en.ts';
import { chartListOf } from './chart-list.ts';

const list = (...series: (string | [metric: string, target: string])[]) =>
  chartListOf(series.map((one) => (typeof one === 'string' ? { metric: one } : { metric: one[0], target: one[1] })), en.charts);

describe('list of charts', () => {
  it('is in the same order, whatever order the series come in', () => {
    const forwards = list('latency', 'loss', 'cpu', 'disk', 'rx');

    expect(list('rx', 'disk', 'cpu', 'loss', 'latency')).toEqual(forwards);
    expect(forwards.known.map(({ id }) => id)).toEqual(['latency', 'loss', 'cpu', 'disk', 'traffic']);
  });

  it('has no chart for what a node does not measure', () => {
    expect(list('battery')).toMatchObject({ known: [], own: [{ name: 'battery', unit: 'plain' }] });
    expect(list()).toEqual({ known: [], own: [] });
  });

  it('colours latency by loss where loss is known', () => {
    expect(list('latency', 'loss').known[0]?.loss).toEqual({ metric: 'loss' });
    expect(list('latency').known[0]?.loss).toBeUndefined();
  });

  it('compares targets, with Nester first, each its own line', () => {
    const targets = list('latency', ['latency', 'gateway'], ['latency', 'internet']).known.find(({ id }) => id === 'targets');

    expect(targets?.lines.map(({ label }) => label)).toEqual(['Nester', 'gateway', 'internet']);
  });

  it('puts all disks, all loads, and both directions of traffic into one chart each', () => {
    const { known, own } = list('disk', 'disk:/srv', 'load1', 'load5', 'load15', 'rx', 'tx', 'memory', 'swap');

    expect(known.map(({ lines }) => lines.length)).toEqual([2, 2, 3, 2]);
    expect(own).toEqual([]);
  });

  it('gives each metric of one’s own a chart, in natural order, also one with a field’s name', () => {
    expect(list('sensor 10', 'sensor 9', 'metrics.loss', 'uptime').own.map(({ name }) => name)).toEqual(['loss', 'sensor 9', 'sensor 10']);
  });
});
