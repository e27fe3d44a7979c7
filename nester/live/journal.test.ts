import { describe, expect, it } from 'vitest';
import { createJournal as create, type Journal } from './journal.ts';
import type { Segment } from './segment.ts';
import { createTextShelf, type ShelvedText } from './text-shelf.ts';

const shelf = createTextShelf(64);
const released: ShelvedText[] = [];

function createJournal(limits: { keptItems: number; keptBytes: number }): Journal {
  return create(limits, {
    release(text) {
      released.push(text);
      shelf.release(text);
    },
  });
}

const reports = (seq: number, text = `"r${seq}"`): Segment => ({ type: 'reports', items: 1, text: shelf.put([text]), cursor: `e-${seq}` });
const nodes = (name: string): Segment => ({ type: 'nodes', items: 1, text: shelf.put([`"${name}"`]) });
const textsAfter = (journal: Journal, seq: number, epoch = 'e'): string[] | undefined =>
  journal.after({ epoch, seq })?.map(({ text }) => shelf.read(text).toString());

describe('journal', () => {
  it('gives the reports after a position, and the states published at it or later', () => {
    const journal = createJournal({ keptItems: 100, keptBytes: 1_000 });
    for (const segment of [reports(1), nodes('a'), reports(5), nodes('b'), reports(6)]) journal.add(segment);

    expect(textsAfter(journal, 1)).toEqual(['"a"', '"r5"', '"b"', '"r6"']);
    expect(textsAfter(journal, 5)).toEqual(['"b"', '"r6"']);
    expect(textsAfter(journal, 6)).toEqual([]);
  });

  it('gives everything after the reports before a position that is between two', () => {
    const journal = createJournal({ keptItems: 100, keptBytes: 1_000 });
    for (const segment of [reports(1), nodes('a'), reports(5)]) journal.add(segment);

    expect(textsAfter(journal, 4)).toEqual(['"a"', '"r5"']);
  });

  it('does not know what it never had, nor another log', () => {
    const journal = createJournal({ keptItems: 100, keptBytes: 1_000 });
    expect(textsAfter(journal, 1)).toBeUndefined();
    journal.add(nodes('a'));
    journal.add(reports(7));

    expect(textsAfter(journal, 6)).toBeUndefined();
    expect(textsAfter(journal, 7, 'other')).toBeUndefined();
  });

  it('forgets the oldest when there are too many', () => {
    const journal = createJournal({ keptItems: 3, keptBytes: 1_000_000 });
    released.length = 0;
    for (let seq = 1; seq <= 1_000; seq++) journal.add(reports(seq));
    expect(released).toHaveLength(997);

    expect(textsAfter(journal, 997)).toBeUndefined();
    expect(textsAfter(journal, 998)).toEqual(['"r999"', '"r1000"']);
  });

  it('forgets the oldest when they are too big, all of them if need be', () => {
    const journal = createJournal({ keptItems: 1_000, keptBytes: 100 });
    journal.add(reports(1, 'x'.repeat(60)));
    journal.add(reports(2, 'x'.repeat(60)));
    expect(textsAfter(journal, 1)).toBeUndefined();
    expect(textsAfter(journal, 2)).toEqual([]);

    journal.add(reports(3, 'x'.repeat(101)));
    expect(textsAfter(journal, 3)).toBeUndefined();
    journal.add(reports(4));
    expect(textsAfter(journal, 4)).toEqual([]);
  });
});
