import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ColumnKey, FIELDS, metricKey } from './column-key.ts';
import { EVERYTHING, type Query } from './query.ts';
import { readQuery, writeQuery } from './query-address.ts';
import { STATUSES } from './row.ts';

const metricName = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.:/-]{0,63}$/);
const column: fc.Arbitrary<ColumnKey> = fc.oneof(fc.constantFrom(...FIELDS), metricName.map(metricKey));
/** Half a pair of surrogates has no place in an address. */
const text = fc.string({ unit: 'grapheme', maxLength: 30 });
const query: fc.Arbitrary<Query> = fc
  .record({
    sort: column,
    descending: fc.boolean(),
    statuses: fc.subarray([...STATUSES]).map((statuses) => new Set(statuses)),
    text: text.map((words) => (words.trim() === '' ? '' : words)),
    group: fc.option(text.filter((label) => label !== '')),
    closed: fc.uniqueArray(text).map((values) => new Set(values)),
    columns: fc.option(fc.uniqueArray(column).map((keys) => [...new Set<ColumnKey>(['node', ...keys])])),
  })
  .map((made) => (made.group === null ? { ...made, closed: new Set<string>() } : made));

function read(address: string): Query {
  return readQuery(new URLSearchParams(address));
}

describe('a query in the address', () => {
  it('is read as it was written, through the text of the address', () => {
    fc.assert(
      fc.property(query, (asked) => {
        const address = writeQuery(asked, new URLSearchParams()).toString();

        expect(read(address)).toEqual(asked);
      }),
    );
  });

  it('is nothing at all when everything is as always', () => {
    expect(writeQuery(EVERYTHING, new URLSearchParams()).toString()).toBe('');
    expect(read('')).toEqual(EVERYTHING);
  });

  it('leaves alone what others have written there', () => {
    const search = new URLSearchParams('at=2026-11-22T08:00:00Z&sort=loss&q=old');

    const written = writeQuery({ ...EVERYTHING, text: 'new' }, search);

    expect(written.toString()).toBe('at=2026-11-22T08%3A00%3A00Z&q=new');
    expect(search.get('q')).toBe('old');
  });

  it('can be read by people', () => {
    const asked: Query = {
      ...EVERYTHING,
      statuses: new Set(['late', 'offline']),
      sort: 'metrics.battery',
      descending: true,
      columns: ['node', 'latency', 'metrics.cpu'],
    };

    const address = decodeURIComponent(writeQuery(asked, new URLSearchParams()).toString());

    expect(address).toBe('status=offline,late&sort=-battery&columns=node,latency,cpu');
  });

  it.each([
    ['an unknown status', 'status=late,broken', { statuses: new Set(['late']) }],
    ['only unknown statuses', 'status=,,x', {}],
    ['a column that can be none', 'columns=status,9x,node,a b', { columns: ['status', 'node'] }],
    ['no column that can be one', 'columns=9x,', {}],
    ['an order by nothing', 'sort=-', {}],
    ['closed groups without a label', 'closed=Lyon', {}],
    ['an empty label', 'group=&closed=a', {}],
    ['the same column twice', 'columns=node,loss,node,loss', { columns: ['node', 'loss'] }],
  ])('does without %s', (_what, address, expected) => {
    expect(read(address)).toEqual({ ...EVERYTHING, ...expected });
  });

  it('always shows the name of the node', () => {
    expect(read('columns=latency,loss').columns).toEqual(['node', 'latency', 'loss']);
  });

  it('can be read from any text', () => {
    fc.assert(
      fc.property(fc.string(), (address) => {
        expect(read(address).columns ?? ['node']).toContain('node');
      }),
    );
  });
});
