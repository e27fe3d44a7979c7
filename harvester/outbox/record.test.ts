import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRecord, encodeRecord, type SpoolRecord } from './record.ts';

const number = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const record: fc.Arbitrary<SpoolRecord> = fc.oneof(
  fc.record({ kind: fc.constant('head' as const), dropped: number, newestMs: number, next: number }),
  fc.record({ kind: fc.constant('report' as const), seq: number, timestampMs: number, json: fc.json() }),
  fc.record({ kind: fc.constant('gone' as const), seqs: fc.array(number) }),
  fc.record({ kind: fc.constant('dropped' as const), count: number, seqs: fc.array(number) }),
  fc.record({ kind: fc.constant('newest' as const), newestMs: number }),
);

describe('spool record', () => {
  it('reads back what was written, as one line', () => {
    fc.assert(
      fc.property(record, (written) => {
        const line = encodeRecord(written);

        expect(line.indexOf(0x0a)).toBe(line.length - 1);
        expect(decodeRecord(line.subarray(0, -1))).toEqual(written);
      }),
    );
  });

  it('is known to be spoiled by any change of a byte', () => {
    fc.assert(
      fc.property(record, fc.nat(), fc.integer({ min: 1, max: 255 }), (written, place, change) => {
        const line = encodeRecord(written).subarray(0, -1);
        const at = place % line.length;
        line[at] = (line[at] ?? 0) ^ change;

        expect(decodeRecord(line)).toBeUndefined();
      }),
    );
  });
});
