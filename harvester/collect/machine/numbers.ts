/** A share in percent, 0 to 100, to a hundredth; `undefined` where there is no whole. */
export function percentOf(part: number, whole: number): number | undefined {
  if (!(whole > 0) || !Number.isFinite(part)) return undefined;
  return roundedTo(2, Math.min(100, Math.max(0, (part / whole) * 100)));
}

export function roundedTo(digits: number, value: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}

/** A number as the kernel writes it: decimal digits; `undefined` for anything else. */
export function readNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}
