import { timeForm } from '../text/forms.ts';

const DAY_MS = 86_400_000;

/** Writes the times along an axis in the reader's language: what changes in the first line, the day below where it begins. */
export type TimeLabels = (splitsMs: readonly number[], stepMs: number) => string[];

export function createTimeLabels(locale: string): TimeLabels {
  const form = (options: Intl.DateTimeFormatOptions) => timeForm(locale, options);
  const second = form({ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
  const minute = form({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const day = form({ day: 'numeric', month: 'short' });
  const weekday = form({ weekday: 'short', day: 'numeric' });
  const month = form({ month: 'short' });
  const year = form({ year: 'numeric' });

  return (splitsMs, stepMs) => {
    let before = '';
    return splitsMs.map((ms) => {
      const [upper, lower] =
        stepMs >= 28 * DAY_MS ? [month, year] : stepMs >= 3 * DAY_MS ? [day, year] : stepMs >= DAY_MS ? [weekday, month] : [stepMs >= 60_000 ? minute : second, day];
      const below = lower(ms);
      const isNew = below !== before;
      before = below;
      return isNew ? `${upper(ms)}\n${below}` : upper(ms);
    });
  };
}
