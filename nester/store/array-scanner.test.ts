import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createArrayScanner } from './array-scanner.ts';

/** Scans a text cut into pieces; the elements, or the fault. */
function scan(bytes: Buffer, cuts: number[] = []): unknown[] | { line: number; message: string } {
  const scanner = createArrayScanner(1_000_000);
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  const found: unknown[] = [];
  let from = 0;
  for (const end of ends) {
    // Into the same memory each time, as a reader of files does.
    const result = scanner.push(Buffer.from(bytes.subarray(from, end)));
    if (!result.ok) return { line: result.line, message: result.message };
    found.push(...result.items.map(({ text }) => JSON.parse(text) as unknown));
    from = end;
  }
  const ended = scanner.end();
  return ended.ok ? found : { line: ended.line, message: ended.message };
}

describe('array scanner', () => {
  it('finds what JSON.parse finds, in any layout and however the file is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ maxDepth: 3 }))),
        fc.oneof(fc.nat(4), fc.constantFrom('\t', ' \r\n')),
        fc.array(fc.nat(2_000), { maxLength: 20 }),
        (objects, indent, cuts) => {
          const text = JSON.stringify(objects, null, indent);
          expect(scan(Buffer.from(text), cuts)).toEqual(JSON.parse(text));
        },
      ),
    );
  });

  it('says the line of whatever is not an array of objects', () => {
    const faults: [string, number, RegExp][] = [
      ['', 1, /the file ends where "\["/],
      ['{"a":1}', 1, /expected "\[".*got "\{"/],
      ['[\n1]', 2, /expected a report.*got "1"/],
      ['[\n{}\n{}]', 3, /expected "," or "\]", got "\{"/],
      ['[{},\n\n]', 3, /expected a report/],
      ['[{}]\n\nx', 3, /nothing more/],
      ['[{}', 1, /the file ends where "," or "\]"/],
      ['[\n{"a":"\n', 3, /the file ends where the end of a report/],
      ['\u0000\u0000', 1, /got byte 0x00/],
    ];
    for (const [text, line, message] of faults) {
      expect(scan(Buffer.from(text)), text).toEqual({ line, message: expect.stringMatching(message) as string });
    }
  });

  it('takes the byte order mark that some editors write, and nothing else before the array', () => {
    expect(scan(Buffer.from('\ufeff[{"a":1}]'))).toEqual([{ a: 1 }]);
    expect(scan(Buffer.from('\ufeff\ufeff[]'))).toMatchObject({ line: 1 });
  });

  it('refuses an element that is not UTF-8, and one that is too long', () => {
    expect(scan(Buffer.from([0x5b, 0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d, 0x5d]))).toEqual({ line: 1, message: 'not valid UTF-8' });
    const scanner = createArrayScanner(100);
    scanner.push(Buffer.from('[\n{"a":"'));
    expect(scanner.push(Buffer.alloc(200, 0x61))).toEqual({ ok: false, line: 2, message: 'a report of more than 100 bytes' });
  });
});
