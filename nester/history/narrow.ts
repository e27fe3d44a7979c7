/**
 * Numbers kept in single precision. What people and probes send has few digits (12.3), of which
 * a float has more than enough; only it does not look the same any more (12.300000190734863).
 * So only such numbers are kept narrow as come back just as they were sent, by seven digits.
 */

/** A number sent, from the float it was kept as. */
export function fromNarrow(float: number): number {
  return Number.isInteger(float) ? float : Number(float.toPrecision(7));
}

/** Whether a number comes back from a float. */
export function fitsNarrow(value: number): boolean {
  const thousandths = Math.round(value * 1000);
  // Six digits at most always do, and so nothing need be written down to know.
  if (thousandths < 1e6 && thousandths > -1e6 && thousandths / 1000 === value) return true;
  return fromNarrow(Math.fround(value)) === value;
}
