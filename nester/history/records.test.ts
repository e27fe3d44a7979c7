import { describe, expect, it } from 'vitest';
import { createColumnMemory } from './column-memory.ts';
import { createLayouts } from './layout.ts';
import { createColumnWork } from './node-columns.ts';
import { createRecords } from './records.ts';

describe('the record of a node that was forgotten', () => {
  it('says so to whoever still holds it, makes what they have half answered void, and is not the one of a node of that name that comes later', () => {
    const records = createRecords();
    const held = records.of('a');
    createColumnWork(createLayouts(), createColumnMemory()).add(held.columns, 1, 0, { latency: 1 });

    records.remove('a');

    expect(held).toMatchObject({ isGone: true, version: 1, columns: [] });
    expect(records.get('a')).toBeUndefined();
    expect(records.of('a')).toMatchObject({ isGone: false, version: 0 });
    records.remove('nobody');
  });
});
