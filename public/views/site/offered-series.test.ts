import { describe, expect, it } from 'vitest';
import { aState } from '../../model/row-builders.ts';
import { createOfferedSeries, seriesOfRow } from './offered-series.ts';

describe('the series of a node', () => {
  it('are what its newest report has values for', () => {
    const row = aState({ node: 'a', latency: 3, loss: null, jitter: null, devices: null, metrics: { cpu: 1, loss: 2 }, targets: [{ name: 'gateway', latency: 1, loss: null }] });

    expect(seriesOfRow(row)).toEqual([
      { metric: 'latency' },
      { metric: 'cpu' },
      { metric: 'metrics.loss' },
      { metric: 'latency', target: 'gateway' },
    ]);
  });

  it('are each known once, and never forgotten', () => {
    const offered = createOfferedSeries();

    const first = offered.add([{ metric: 'latency' }, { metric: 'latency', target: 'gateway' }]);
    const again = offered.add([{ metric: 'latency' }]);

    expect([first, again]).toEqual([true, false]);
    expect(offered.all()).toEqual([{ metric: 'latency' }, { metric: 'latency', target: 'gateway' }]);
  });
});
