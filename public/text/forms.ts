/**
 * Formats made when they are first needed: making one takes the browser longer than a hundred
 * uses of it, and no page needs all that there are.
 */
export type Form = (value: number) => string;

export function numberForm(locale: string, options: Intl.NumberFormatOptions): Form {
  let made: Intl.NumberFormat | undefined;
  return (value) => (made ??= new Intl.NumberFormat(locale, options)).format(value);
}

/** Of an instant, epoch ms, in this device's local time. */
export function timeForm(locale: string, options: Intl.DateTimeFormatOptions): Form {
  let made: Intl.DateTimeFormat | undefined;
  return (atMs) => (made ??= new Intl.DateTimeFormat(locale, options)).format(atMs);
}
