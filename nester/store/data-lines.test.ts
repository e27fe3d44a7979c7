import { describe, expect, it } from 'vitest';
import { createDataLines } from './data-lines.ts';

const json = (text: string): Uint8Array => Buffer.from(text);

describe('lines of data.json', () => {
  it('stand as in the file, with the end of the array behind them', () => {
    const lines = createDataLines();
    lines.add(1, json('{"a":1}'));
    lines.add(2, json('{"b":"é"}'));

    expect(lines.bytes(true).toString()).toBe('\n{"a":1},\n{"b":"é"}\n]\n');
    expect(lines.bytes(false).toString()).toBe(',\n{"a":1},\n{"b":"é"}\n]\n');
  });

  it('are copies', () => {
    const lines = createDataLines();
    const bytes = json('{"a":1}');
    lines.add(1, bytes);
    bytes.fill(0);

    expect(lines.bytes(true).toString()).toBe('\n{"a":1}\n]\n');
  });

  it('are none of reports that the file has already, which count all the same for how far it goes', () => {
    const lines = createDataLines();
    lines.addNothing(3);
    expect([lines.isEmpty(), lines.firstSeq(), lines.lastSeq()]).toEqual([true, 3, 3]);

    lines.add(4, json('{}'));
    lines.addNothing(5);
    expect([lines.isEmpty(), lines.firstSeq(), lines.lastSeq()]).toEqual([false, 3, 5]);
  });

  it.each([
    ['the first', (seq: number) => seq > 1, '{"n":2},\n{"n":3},\n{"n":4}'],
    ['one between', (seq: number) => seq !== 2, '{"n":1},\n{"n":3},\n{"n":4}'],
    ['the last', (seq: number) => seq < 4, '{"n":1},\n{"n":2},\n{"n":3}'],
    ['every other', (seq: number) => seq % 2 === 0, '{"n":2},\n{"n":4}'],
    ['none', () => true, '{"n":1},\n{"n":2},\n{"n":3},\n{"n":4}'],
  ])('can do without %s', (_, isKept, expected) => {
    const lines = createDataLines();
    for (let seq = 1; seq <= 4; seq++) lines.add(seq, json(`{"n":${seq}}`));

    lines.only(isKept);

    expect(lines.bytes(true).toString()).toBe(`\n${expected}\n]\n`);
    expect(lines.isEmpty()).toBe(false);
  });

  it('can do without any', () => {
    const lines = createDataLines();
    lines.add(1, json('{}'));
    lines.only(() => false);

    expect(lines.isEmpty()).toBe(true);
  });

  it('begin anew, however many there were', () => {
    const lines = createDataLines();
    for (let seq = 1; seq <= 5_000; seq++) lines.add(seq, json(`{"n":"${'x'.repeat(500)}"}`));
    lines.clear();
    expect([lines.isEmpty(), lines.firstSeq(), lines.lastSeq()]).toEqual([true, undefined, undefined]);

    lines.add(7, json('{}'));
    expect(lines.bytes(false).toString()).toBe(',\n{}\n]\n');
  });
});
