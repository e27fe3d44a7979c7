import type { Status } from '../../protocol/node-state.ts';
import { type ColumnKey, columnAddress, columnKeyOf } from './column-key.ts';
import { EVERYTHING, type Query } from './query.ts';
import { STATUSES } from './row.ts';

/**
 * A query as parameters of the page's address, so that a view can be kept, shared and gone back
 * to. What is as always is left out; what cannot be read, or is unknown, counts as not there;
 * parameters that belong to others are left alone.
 *
 *     ?status=offline,late&q=lyon&sort=-latency&group=city&closed=Lyon&columns=status,node,cpu
 */

/** Reads a query. Never throws. */
export function readQuery(search: URLSearchParams): Query {
  const sort = search.get('sort') ?? '';
  const descending = sort.startsWith('-');
  const key = columnKeyOf(descending ? sort.slice(1) : sort);
  const group = search.get('group') ?? '';
  return {
    ...EVERYTHING,
    ...(key === undefined ? {} : { sort: key, descending }),
    statuses: new Set(listed(search.get('status')).filter(isStatus)),
    text: search.get('q') ?? '',
    group: group === '' ? null : group,
    closed: new Set(group === '' ? [] : search.getAll('closed')),
    columns: readColumns(search.get('columns')),
  };
}

/** Writes a query into parameters: a new object, with all that `search` says besides. */
export function writeQuery(query: Query, search: URLSearchParams): URLSearchParams {
  const written = new URLSearchParams(search);
  for (const name of ['sort', 'status', 'q', 'group', 'closed', 'columns']) written.delete(name);
  const { sort, descending, statuses, text, group, closed, columns } = query;
  if (statuses.size > 0) written.set('status', STATUSES.filter((status) => statuses.has(status)).join());
  if (text.trim() !== '') written.set('q', text);
  if (sort !== EVERYTHING.sort || descending) written.set('sort', `${descending ? '-' : ''}${columnAddress(sort)}`);
  if (group !== null) {
    written.set('group', group);
    for (const value of closed) written.append('closed', value);
  }
  if (columns !== null) written.set('columns', columns.map(columnAddress).join());
  return written;
}

/** The node's name is always among them: rows without one are of no use to anyone. */
function readColumns(text: string | null): readonly ColumnKey[] | null {
  const keys = new Set(listed(text).map(columnKeyOf));
  keys.delete(undefined);
  if (keys.size === 0) return null;
  const columns = [...keys] as ColumnKey[];
  return columns.includes('node') ? columns : ['node', ...columns];
}

function listed(text: string | null): string[] {
  return (text ?? '').split(',').filter((part) => part !== '');
}

function isStatus(text: string): text is Status {
  return (STATUSES as readonly string[]).includes(text);
}
