import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeTimestamp, formatTimestamp, isCanonicalTimestamp, parseTimestamp } from './timestamp.ts';

const EIGHT = Date.UTC(2026, 10, 22, 8);
const LAST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

function reasonFor(input: unknown): string {
  const decoded = decodeTimestamp(input);
  return decoded.ok ? '' : decoded.errors.map(({ message }) => message).join('\n');
}

/** Texts with the shape of a canonical time, whose parts may be just out of range. */
const anyParts = fc
  .tuple(...[4, 14, 33, 25, 61, 61].map((most) => fc.integer({ min: 0, max: most })))
  .map((parts) => parts.map((part) => String(part).padStart(2, '0')))
  .map(([year, month, day, hour, minute, second]) => `202${year?.at(-1) ?? ''}-${month ?? ''}-${day ?? ''}T${hour ?? ''}:${minute ?? ''}:${second ?? ''}.000Z`);

/** A text is a time if it is just how that time is written. */
function isOneInstant(text: string): boolean {
  const ms = Date.parse(text);
  return !Number.isNaN(ms) && formatTimestamp(ms) === text;
}

describe('a time', () => {
  it.each([
    ['with milliseconds, as JavaScript writes it', '2026-11-22T08:00:00.000Z', EIGHT],
    ['without a fraction', '2026-11-22T08:00:00Z', EIGHT],
    ['without seconds', '2026-11-22T08:00Z', EIGHT],
    ['with microseconds and +00:00, as Python writes it', '2026-11-22T08:00:00.123456+00:00', EIGHT + 123],
    ['with a blank for the T', '2026-11-22 08:00:00+00:00', EIGHT],
    ['in lower case', '2026-11-22t08:00:00z', EIGHT],
    ['with a decimal comma', '2026-11-22T08:00:00,5Z', EIGHT + 500],
    ['with nanoseconds, cut and not rounded', '2026-11-22T08:00:00.999999999Z', EIGHT + 999],
    ['east of Greenwich', '2026-11-22T13:30:00+05:30', EIGHT],
    ['west of Greenwich', '2026-11-21T22:00:00-10:00', EIGHT],
    ['with a zone without a colon', '2026-11-22T09:00:00+0100', EIGHT],
    ['with -00:00', '2026-11-22T08:00:00-00:00', EIGHT],
    ['on 29 February of a leap year', '2028-02-29T00:00:00Z', Date.UTC(2028, 1, 29)],
    ['at the first instant', '1970-01-01T00:00:00Z', 0],
    ['at the first instant, said elsewhere', '1970-01-01T01:00:00+01:00', 0],
    ['at the last instant', '9999-12-31T23:59:59.999Z', LAST],
  ])('is read %s', (_what, text, ms) => {
    expect(decodeTimestamp(text)).toEqual({ ok: true, value: ms });
  });

  it.each([0, 1, EIGHT, LAST])('is read as the epoch milliseconds %i', (ms) => {
    expect(decodeTimestamp(ms)).toEqual({ ok: true, value: ms });
  });

  it.each([
    ['without a zone', '2026-11-22T08:00:00'],
    ['without a zone, as Python writes a naive one', '2026-11-22T08:00:00.123456'],
    ['that is a date only', '2026-11-22'],
    ['that is a date and a zone', '2026-11-22Z'],
    ['on 30 February', '2026-02-30T00:00:00Z'],
    ['on 29 February of another year', '2026-02-29T00:00:00Z'],
    ['on 31 April', '2026-04-31T00:00:00Z'],
    ['in month 0', '2026-00-01T00:00:00Z'],
    ['in month 13', '2026-13-01T00:00:00Z'],
    ['on day 0', '2026-11-00T00:00:00Z'],
    ['at hour 24', '2026-11-22T24:00:00Z'],
    ['at minute 60', '2026-11-22T08:60:00Z'],
    ['in a leap second', '2026-06-30T23:59:60Z'],
    ['in a leap second with milliseconds', '2026-06-30T23:59:60.000Z'],
    ['with a zone of 24 hours', '2026-11-22T08:00:00+24:00'],
    ['with a zone of 60 minutes', '2026-11-22T08:00:00+01:60'],
    ['with a zone of hours only', '2026-11-22T08:00:00+01'],
    ['with a named zone', '2026-11-22T08:00:00 CET'],
    ['in the year 10000', '10000-01-01T00:00:00Z'],
    ['in the year 10000, written with a sign', '+010000-01-01T00:00:00.000Z'],
    ['that its zone moves to the year 10000', '9999-12-31T23:59:59-00:01'],
    ['before 1970', '1969-12-31T23:59:59.999Z'],
    ['that its zone moves before 1970', '1970-01-01T00:00:00+00:01'],
    ['in the year 70', '0070-01-01T00:00:00Z'],
    ['in the year 0', '0000-01-01T00:00:00.000Z'],
    ['of a week', '2026-W47-7T08:00:00Z'],
    ['as RFC 2822', 'Sun, 22 Nov 2026 08:00:00 GMT'],
    ['with other digits', '２０２６-11-22T08:00:00Z'],
    ['with a dot and no fraction', '2026-11-22T08:00:00.Z'],
    ['with a blank before it', ' 2026-11-22T08:00:00Z'],
    ['with a line break after it', '2026-11-22T08:00:00Z\n'],
    ['that is empty', ''],
    ['of digits in a text', '1795334400000'],
  ])('is refused %s', (_what, text) => {
    expect(reasonFor(text)).toBe(`expected ISO 8601 with a zone such as 2026-11-22T08:00:00Z, got ${JSON.stringify(text)}`);
  });

  it.each([-1, 0.5, EIGHT + 0.25, LAST + 1, Infinity, -Infinity, NaN])('is refused as the number %d', (ms) => {
    expect(reasonFor(ms)).toBe(`expected whole epoch milliseconds from 0 to ${LAST}, got ${ms}`);
  });

  it.each([
    [null, 'null'],
    [undefined, 'undefined'],
    [true, 'boolean'],
    [[], 'array'],
    [{ text: '2026-11-22T08:00:00Z' }, 'object'],
    [new Date(EIGHT), 'object'],
  ])('is refused as %o, and the reason says what came', (input, kind) => {
    expect(reasonFor(input)).toBe(`expected ISO 8601 with a zone, or epoch milliseconds, got ${kind}`);
  });

  it('is quoted in a reason without control characters, and not at length', () => {
    const reason = reasonFor(`\u001b[31m\n${'9'.repeat(100_000)}`);

    expect(reason).not.toMatch(/\p{Cc}/u);
    expect(reason.length).toBeLessThan(200);
  });

  it('is refused under the path it was asked for by', () => {
    expect(decodeTimestamp('x', 'since')).toMatchObject({ ok: false, errors: [{ path: 'since' }] });
    expect(decodeTimestamp(-1, 'since')).toMatchObject({ ok: false, errors: [{ path: 'since' }] });
    expect(decodeTimestamp('x')).toMatchObject({ ok: false, errors: [{ path: 'timestamp' }] });
  });

  it('comes back from what was written, for any instant', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: LAST }), (ms) => {
        expect(decodeTimestamp(formatTimestamp(ms))).toEqual({ ok: true, value: ms });
      }),
    );
  });

  it('means the same instant in any zone', () => {
    const minutes = fc.integer({ min: -(23 * 60 + 59), max: 23 * 60 + 59 });
    const twoDigits = (value: number): string => String(value).padStart(2, '0');

    fc.assert(
      fc.property(fc.integer({ min: 86_400_000, max: LAST - 86_400_000 }), minutes, (ms, offset) => {
        const local = formatTimestamp(ms + offset * 60_000).slice(0, -1);
        const zone = `${offset < 0 ? '-' : '+'}${twoDigits(Math.floor(Math.abs(offset) / 60))}:${twoDigits(Math.abs(offset) % 60)}`;
        expect(decodeTimestamp(local + zone)).toEqual({ ok: true, value: ms });
      }),
    );
  });

  it('is read only where each part is in its range', () => {
    fc.assert(
      fc.property(anyParts, (text) => {
        const decoded = decodeTimestamp(text);
        const ms = isOneInstant(text) ? Date.parse(text) : undefined;
        expect(decoded).toEqual(ms === undefined ? expect.objectContaining({ ok: false }) : { ok: true, value: ms });
      }),
      { numRuns: 3000 },
    );
  });

  it('never throws, whatever is given', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.string(), fc.double()), (input) => {
        expect(decodeTimestamp(input)).toHaveProperty('ok');
      }),
    );
  });
});

describe('a time as it is kept', () => {
  const DAY_MS = 86_400_000;
  /** Days at random, and the first and last moments of one: what was worked out for one day must not be taken for another. */
  const anyMs = fc.oneof(
    fc.integer({ min: 0, max: LAST }),
    fc.tuple(fc.integer({ min: 0, max: 40_000 }), fc.constantFrom(0, 1, DAY_MS - 1)).map(([day, ms]) => day * DAY_MS + ms),
    fc.integer({ min: EIGHT, max: EIGHT + 2 * DAY_MS }),
  );

  it('is written and read as JavaScript does it', () => {
    fc.assert(
      fc.property(fc.array(anyMs, { minLength: 1 }), (times) => {
        for (const ms of times) {
          const text = new Date(ms).toISOString();
          expect(formatTimestamp(ms)).toBe(text);
          expect(parseTimestamp(text)).toBe(ms);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it.each([-1, LAST + 1, 0.5])('is written as JavaScript does it, also out of bounds: %d', (ms) => {
    expect(formatTimestamp(ms)).toBe(new Date(ms).toISOString());
  });
});

describe('a canonical time', () => {
  it.each(['2026-11-22T08:00:00.000Z', '1970-01-01T00:00:00.000Z', '9999-12-28T23:59:59.999Z', '2027-02-28T00:00:00.000Z'])('is known: %s', (text) => {
    expect(isCanonicalTimestamp(text)).toBe(true);
  });

  it.each([
    ['another zone', '2026-11-22T08:00:00.000+00:00'],
    ['no fraction', '2026-11-22T08:00:00Z'],
    ['microseconds', '2026-11-22T08:00:00.000000Z'],
    ['lower case', '2026-11-22t08:00:00.000z'],
    ['a year before 1970', '1969-12-28T23:59:59.999Z'],
    ['month 0', '2026-00-22T08:00:00.000Z'],
    ['day 0', '2026-11-00T08:00:00.000Z'],
    ['30 February', '2026-02-30T08:00:00.000Z'],
    ['a line break behind it', '2026-11-22T08:00:00.000Z\n'],
    ['other digits', '２０２６-11-22T08:00:00.000Z'],
  ])('is not one with %s', (_what, text) => {
    expect(isCanonicalTimestamp(text)).toBe(false);
  });

  it('is never one that is written otherwise', () => {
    fc.assert(
      fc.property(anyParts, (text) => {
        if (isCanonicalTimestamp(text)) expect(isOneInstant(text)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});
