import { numberForm } from '../forms.ts';

const UNITS = [
  // From so many of a unit on, the next smaller one tells nothing more.
  { unit: 'day', ms: 86_400_000, enough: 10 },
  { unit: 'hour', ms: 3_600_000, enough: 24 },
  { unit: 'minute', ms: 60_000, enough: 5 },
  { unit: 'second', ms: 1_000, enough: 0 },
] as const;

/** Durations in a sentence: `40 sec`, `14 min`, `2 hr 5 min`, `3 days 4 hr`, `38 days`. Whole units, never more than have passed. */
export function createDurations(locale: string): (ms: number) => string {
  const forms = UNITS.map(({ unit }) => numberForm(locale, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: 0 }));
  return (ms) => {
    const whole = Math.max(0, ms);
    const found = UNITS.findIndex((unit) => whole >= unit.ms);
    const at = found < 0 ? UNITS.length - 1 : found;
    const { ms: unitMs, enough } = UNITS[at] ?? UNITS[3];
    const count = Math.floor(whole / unitMs);
    const first = forms[at]?.(count) ?? '';
    const next = UNITS[at + 1];
    const rest = next === undefined || count >= enough ? 0 : Math.floor((whole % unitMs) / next.ms);
    return rest === 0 ? first : `${first} ${forms[at + 1]?.(rest) ?? ''}`;
  };
}
