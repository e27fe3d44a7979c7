import { describe, expect, it } from 'vitest';
import { EVERYTHING, sortedBy, toggled } from './query.ts';

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
});
