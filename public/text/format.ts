/** Numbers and times as text in one language. All times are this device's local time. */
export interface Format {
  /** `2,000`. */
  count(value: number): string;
  /** `3.42 ms`, `12.3 ms`, `1,250 ms`: about three digits, because more are noise. */
  milliseconds(value: number): string;
  /** `0%`, `0.5%`, `12%`. */
  percent(value: number): string;
  /** `now`, `12s ago`. An instant in the future, by clocks that differ, is now. */
  ago(ageMs: number): string;
  /** `12m`, `12 min`: as in `ago`. */
  duration(ms: number): string;
  /** `14:03:12`, with the date before it unless that is the day of `nowMs`. */
  clock(atMs: number, nowMs: number): string;
  /** `14:03`, with the day before it unless that is the day of `nowMs`. For what need not be exact. */
  minute(atMs: number, nowMs: number): string;
  /** Full date and time. */
  instant(atMs: number): string;
}

export function createFormat(locale: string, relativeTimes: 'narrow' | 'short'): Format {
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const milliseconds = [2, 1, 0].map(
    (digits) =>
      new Intl.NumberFormat(locale, {
        style: 'unit',
        unit: 'millisecond',
        unitDisplay: 'short',
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      }),
  );
  const percent = new Intl.NumberFormat(locale, { style: 'unit', unit: 'percent', maximumFractionDigits: 1 });
  const relative = new Intl.RelativeTimeFormat(locale, { style: relativeTimes });
  const justNow = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(0, 'second');
  const durations = new Map<TimeUnit, Intl.NumberFormat>();
  for (const { unit } of UNITS) {
    durations.set(unit, new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: relativeTimes }));
  }
  const time = new Intl.DateTimeFormat(locale, { timeStyle: 'medium', hourCycle: 'h23' });
  const dayAndTime = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' });

  const minute = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const dayAndMinute = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });

  return {
    count: (value) => whole.format(value),
    milliseconds: (value) => (milliseconds[value < 9.995 ? 0 : value < 99.95 ? 1 : 2] ?? whole).format(value),
    percent: (value) => percent.format(value),
    ago(ageMs) {
      if (ageMs < 1_000) return justNow;
      const { unit, value } = inUnits(ageMs);
      return relative.format(-value, unit);
    },
    duration(ms) {
      const { unit, value } = inUnits(Math.max(0, ms));
      return durations.get(unit)?.format(value) ?? '';
    },
    clock: (atMs, nowMs) => (isSameDay(atMs, nowMs) ? time : dayAndTime).format(atMs),
    minute: (atMs, nowMs) => (isSameDay(atMs, nowMs) ? minute : dayAndMinute).format(atMs),
    instant: (atMs) => dayAndTime.format(atMs),
  };
}

type TimeUnit = 'second' | 'minute' | 'hour' | 'day';

/** A unit is used from `fromMs` on: not at once, so that `90 min` is not rounded to `1 h`. */
const UNITS: readonly { unit: TimeUnit; ms: number; fromMs: number }[] = [
  { unit: 'day', ms: 86_400_000, fromMs: 2 * 86_400_000 },
  { unit: 'hour', ms: 3_600_000, fromMs: 2 * 3_600_000 },
  { unit: 'minute', ms: 60_000, fromMs: 60_000 },
  { unit: 'second', ms: 1_000, fromMs: 0 },
];

function inUnits(ms: number): { unit: TimeUnit; value: number } {
  for (const { unit, ms: unitMs, fromMs } of UNITS) {
    if (ms >= fromMs) return { unit, value: Math.floor(ms / unitMs) };
  }
  return { unit: 'second', value: 0 };
}

function isSameDay(aMs: number, bMs: number): boolean {
  return new Date(aMs).toDateString() === new Date(bMs).toDateString();
}
