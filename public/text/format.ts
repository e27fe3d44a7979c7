import type { MetricKind } from '../model/metric-kind.ts';
import { type Form, numberForm, timeForm } from './forms.ts';

/** Numbers and times as text in one language. All times are this device's local time. */
export interface Format {
  /** `2,000`. */
  count(value: number): string;
  /** `3.42 ms`, `12.3 ms`, `1,250 ms`: about three digits, because more are noise. */
  milliseconds(value: number): string;
  /** `0%`, `0.5%`, `12%`. */
  percent(value: number): string;
  /** A metric in the unit its kind has: `47.5%`, `0.42`, `45 °C`, `1.2 MB/s`, `12d`; any other as a plain number. */
  metric(value: number, kind: MetricKind): string;
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
  const whole = numberForm(locale, { maximumFractionDigits: 0 });
  const milliseconds = [2, 1, 0].map((digits) =>
    numberForm(locale, {
      style: 'unit',
      unit: 'millisecond',
      unitDisplay: 'short',
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    }),
  );
  const percent = numberForm(locale, { style: 'unit', unit: 'percent', maximumFractionDigits: 1 });
  const relative = new Intl.RelativeTimeFormat(locale, { style: relativeTimes });
  const justNow = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(0, 'second');
  const durations = new Map<TimeUnit, Form>();
  for (const { unit } of UNITS) {
    durations.set(unit, numberForm(locale, { style: 'unit', unit, unitDisplay: relativeTimes }));
  }
  const time = timeForm(locale, { timeStyle: 'medium', hourCycle: 'h23' });
  const dayAndTime = timeForm(locale, { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' });

  const minute = timeForm(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const dayAndMinute = timeForm(locale, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });

  const hundredths = numberForm(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const celsius = numberForm(locale, { style: 'unit', unit: 'celsius', maximumFractionDigits: 1 });
  const rates = RATES.map((unit) => numberForm(locale, { style: 'unit', unit: `${unit}-per-second`, unitDisplay: 'short', maximumSignificantDigits: 3 }));
  const plain = numberForm(locale, { maximumSignificantDigits: 6 });
  const tenths = numberForm(locale, { maximumFractionDigits: 1 });

  function rate(value: number): string {
    const thousands = Math.min(RATES.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, Math.abs(value))) / 3)));
    return (rates[thousands] ?? plain)(value / 1_000 ** thousands);
  }

  function duration(ms: number): string {
    const { unit, value } = inUnits(Math.max(0, ms));
    return durations.get(unit)?.(value) ?? '';
  }

  const metrics: Record<MetricKind, (value: number) => string> = {
    percent,
    load: hundredths,
    temperature: celsius,
    rate,
    duration: (seconds) => duration(seconds * 1_000),
    // Large numbers need no fraction, small ones no more than six digits.
    number: (value) => (Math.abs(value) >= 1_000 ? tenths : plain)(value),
  };

  return {
    count: whole,
    milliseconds: (value) => (milliseconds[value < 9.995 ? 0 : value < 99.95 ? 1 : 2] ?? whole)(value),
    percent,
    metric: (value, kind) => metrics[kind](value),
    ago(ageMs) {
      if (ageMs < 1_000) return justNow;
      const { unit, value } = inUnits(ageMs);
      return relative.format(-value, unit);
    },
    duration,
    clock: (atMs, nowMs) => (isSameDay(atMs, nowMs) ? time : dayAndTime)(atMs),
    minute: (atMs, nowMs) => (isSameDay(atMs, nowMs) ? minute : dayAndMinute)(atMs),
    instant: dayAndTime,
  };
}

/** Steps of a thousand, as networks count. */
const RATES = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

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
