import { expect, it } from 'vitest';
import { createChangeLog, KEPT_CHANGES } from './change-log.ts';
import type { StatusChange } from './rows.ts';

function change(node: string): StatusChange {
  return { node, from: 'online', status: 'late', sinceMs: 0 };
}

it('keeps the newest changes, newest first, and counts those that nobody has looked at', () => {
  const log = createChangeLog();

  log.add([change('a'), change('b')]);
  const unread = log.unread;
  log.read();
  log.add([change('c')]);

  expect(log.changes.map(({ node }) => node)).toEqual(['c', 'b', 'a']);
  expect([unread, log.unread]).toEqual([2, 1]);
});

it('keeps no more than it shows, and counts on', () => {
  const log = createChangeLog();

  log.add(Array.from({ length: 250 }, (_, index) => change(String(index))));
  log.add([]);

  expect(log.changes).toHaveLength(KEPT_CHANGES);
  expect(log.changes[0]?.node).toBe('249');
  expect(log.unread).toBe(250);
});
