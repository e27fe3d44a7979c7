import { numberForm } from '../text/forms.ts';

/** Writes values of one kind. About three digits: more are noise. */
export type Write = (value: number) => string;

export type Unit = 'milliseconds' | 'percent' | 'celsius' | 'bytesPerSecond' | 'seconds' | 'plain';

export type Units = Record<Unit, Write>;

export function createUnits(locale: string): Units {
  const numbers = [2, 1, 0].map((digits) => numberForm(locale, { maximumFractionDigits: digits }));
  const plain: Write = (value) => {
    const size = Math.abs(value);
    return (numbers[size < 9.995 ? 0 : size < 99.95 ? 1 : 2] ?? numbers[0])?.(value) ?? '';
  };
  const unit = (name: string, display: 'short' | 'narrow' = 'short'): Write => {
    const forms = [2, 1, 0].map((maximumFractionDigits) => numberForm(locale, { style: 'unit', unit: name, unitDisplay: display, maximumFractionDigits }));
    return (value) => {
      const size = Math.abs(value);
      return (forms[size < 9.995 ? 0 : size < 99.95 ? 1 : 2] ?? forms[0])?.(value) ?? '';
    };
  };
  const bytes = ['byte-per-second', 'kilobyte-per-second', 'megabyte-per-second', 'gigabyte-per-second'].map((name) => unit(name));
  const percent = unit('percent');
  return {
    milliseconds: unit('millisecond'),
    percent: (value) => percent(Math.abs(value) < 9.95 ? Math.round(value * 10) / 10 : Math.round(value)),
    celsius: unit('celsius'),
    bytesPerSecond(value) {
      const size = Math.abs(value);
      const power = size < 1_000 ? 0 : Math.min(3, Math.floor(Math.log10(size) / 3));
      return bytes[power]?.(value / 1_000 ** power) ?? '';
    },
    seconds: unit('second'),
    plain,
  };
}
