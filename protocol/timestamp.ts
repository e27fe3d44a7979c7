import { type Decoded, refused } from './decoded.ts';

/** `2026-11-22T08:00:00.000Z`, with seconds and fraction optional and a zone required (RFC 3339, and ISO 8601's `+0100`). */
const ISO_WITH_ZONE =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?(?:[Zz]|([+-])(\d{2}):?(\d{2}))$/;

/** 9999-12-31T23:59:59.999Z: the last instant that four digits of a year can write. */
export const LAST_MS = 253_402_300_799_999;

/**
 * Reads a time given as ISO 8601 with a zone, or as integer epoch milliseconds.
 * Returns epoch milliseconds between 1970 and 9999; fractions beyond the millisecond are cut.
 */
export function decodeTimestamp(input: unknown, path = 'timestamp'): Decoded<number> {
  if (typeof input === 'number') {
    if (Number.isInteger(input) && input >= 0 && input <= LAST_MS) return { ok: true, value: input };
    return refused(`expected whole epoch milliseconds from 0 to ${LAST_MS}, got ${input}`, path);
  }
  if (typeof input !== 'string') {
    return refused(`expected ISO 8601 with a zone, or epoch milliseconds, got ${kindOf(input)}`, path);
  }
  const ms = parseIso(input);
  if (ms === undefined || ms < 0 || ms > LAST_MS) {
    return refused(
      `expected ISO 8601 with a zone such as 2026-11-22T08:00:00Z, got ${JSON.stringify(input.slice(0, 40))}`,
      path,
    );
  }
  return { ok: true, value: ms };
}

const CANONICAL = /^\d{4}-(?:0\d|1[0-2])-(?:[01]\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

/**
 * Whether a text is a time just as {@link formatTimestamp} would write it, so that it need not be
 * read and written again. Says no to the last days of a month, which depend on month and year.
 */
export function isCanonicalTimestamp(text: string): boolean {
  return CANONICAL.test(text) && text >= '1970' && !text.startsWith('00', 5) && !text.startsWith('00', 8);
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const TWO_DIGITS = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));
const MILLISECONDS = Array.from({ length: 1_000 }, (_, number) => `.${String(number).padStart(3, '0')}Z`);

/** The day of what was written last: nearly every time is of the same one as the time before it. */
let dayStartMs = NaN;
/** With the `T` after it. */
let dayText = '';
/** The minute of it, and its text with the colon after it. */
let minuteStartMs = NaN;
let minuteText = '';

/**
 * Epoch ms as Nester stores and returns it: ISO 8601 UTC with milliseconds. As `toISOString`, at a
 * tenth of its cost: each report has its time written, and some have more.
 */
export function formatTimestamp(ms: number): string {
  if (!(ms >= minuteStartMs && ms - minuteStartMs < MINUTE_MS && Number.isInteger(ms))) {
    if (!Number.isInteger(ms) || ms < 0 || ms > LAST_MS) return new Date(ms).toISOString();
    turnTo(ms);
  }
  const inMinute = (ms - minuteStartMs) | 0;
  const seconds = (inMinute / 1000) | 0;
  // The short end first: a text of few characters is copied, a longer one only referred to.
  return minuteText + ((TWO_DIGITS[seconds] ?? '') + (MILLISECONDS[inMinute - seconds * 1000] ?? ''));
}

/** Begins the minute that a time is of. */
function turnTo(ms: number): void {
  if (!(ms >= dayStartMs && ms - dayStartMs < DAY_MS)) {
    dayStartMs = ms - (ms % DAY_MS);
    dayText = new Date(dayStartMs).toISOString().slice(0, 'yyyy-mm-ddT'.length);
  }
  const minutes = Math.floor((ms - dayStartMs) / MINUTE_MS);
  minuteStartMs = dayStartMs + minutes * MINUTE_MS;
  minuteText = `${dayText}${TWO_DIGITS[Math.floor(minutes / 60)] ?? ''}:${TWO_DIGITS[minutes % 60] ?? ''}:`;
}

/**
 * Epoch ms of a time that {@link formatTimestamp} wrote. As `Date.parse`, without looking at the day
 * again and again.
 */
export function parseTimestamp(text: string): number {
  if (!text.startsWith(dayText) || text.length !== TIMESTAMP_LENGTH || dayText === '') return Date.parse(text);
  const minutes = twoDigits(text, 11) * 60 + twoDigits(text, 14);
  return dayStartMs + (minutes * 60 + twoDigits(text, 17)) * 1000 + (text.charCodeAt(20) - ZERO) * 100 + twoDigits(text, 21);
}

const TIMESTAMP_LENGTH = 'yyyy-mm-ddThh:mm:ss.mmmZ'.length;
const ZERO = 0x30;

function twoDigits(text: string, at: number): number {
  return (text.charCodeAt(at) - ZERO) * 10 + text.charCodeAt(at + 1) - ZERO;
}

/** Epoch ms, or `undefined` where a part is out of its range (30 February, hour 24, second 60). */
function parseIso(text: string): number | undefined {
  const parts = ISO_WITH_ZONE.exec(text);
  if (!parts) return undefined;
  const number = (group: number): number => Number(parts[group] ?? '0');
  const fraction = Number((parts[7] ?? '').slice(0, 3).padEnd(3, '0'));
  const local = Date.UTC(number(1), number(2) - 1, number(3), number(4), number(5), number(6), fraction);
  const date = new Date(local);
  const kept =
    date.getUTCFullYear() === number(1) &&
    date.getUTCMonth() === number(2) - 1 &&
    date.getUTCDate() === number(3) &&
    number(4) < 24 &&
    number(5) < 60 &&
    number(6) < 60 &&
    number(9) < 24 &&
    number(10) < 60;
  if (!kept) return undefined;
  const offset = (number(9) * 60 + number(10)) * 60_000;
  return parts[8] === '-' ? local + offset : local - offset;
}

function kindOf(input: unknown): string {
  if (input === null) return 'null';
  return Array.isArray(input) ? 'array' : typeof input;
}
