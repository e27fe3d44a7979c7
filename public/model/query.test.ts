import { describe, expect, it } from 'vitest';
import { EVERYTHING, folded, groupedBy, sortedBy, toggled, withColumn } from './query.ts';

describe('query', () => {
  it('sorts upwards by a new column, downwards by the same one, and upwards again', () => {
    const once = sortedBy(EVERYTHING, 'latency');
    const twice = sortedBy(once, 'latency');
    const thrice = sortedBy(twice, 'latency');
    const other = sortedBy(twice, 'loss');

    expect([once, twice, thrice, other].map(({ sort, descending }) => [sort, descending])).toEqual([
      ['latency', false],
      ['latency', true],
      ['latency', false],
      ['loss', false],
    ]);
  });

  it('leaves the query it came from as it was', () => {
    const late = toggled(EVERYTHING, 'late');

    toggled(late, 'late');

    expect([...late.statuses]).toEqual(['late']);
    expect(EVERYTHING.statuses.size).toBe(0);
  });

  it('opens all groups when nodes are gathered otherwise', () => {
    const closed = folded(groupedBy(EVERYTHING, 'city'), 'Lyon');

    expect([...closed.closed]).toEqual(['Lyon']);
    expect([...folded(closed, 'Lyon').closed]).toEqual([]);
    expect([...groupedBy(closed, 'group').closed]).toEqual([]);
  });

  it('puts a new column where it belongs among those shown, and takes one away', () => {
    const all = ['status', 'node', 'ip', 'latency', 'updated', 'metrics.a'] as const;
    const shown = ['status', 'node', 'updated'] as const;
    const columns = (key: (typeof all)[number]) => withColumn(EVERYTHING, key, shown, all).columns;

    expect(columns('latency')).toEqual(['status', 'node', 'latency', 'updated']);
    expect(columns('metrics.a')).toEqual(['status', 'node', 'updated', 'metrics.a']);
    expect(columns('status')).toEqual(['node', 'updated']);
  });
});
