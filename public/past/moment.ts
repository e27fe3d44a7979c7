/** A moment in an address: `at=2026-11-22T08:15Z`, to the minute where that says it all. */

/** `undefined` for what is no moment. Any ISO 8601 time with zone, or epoch ms. */
export function decodeMoment(text: string | null): number | undefined {
  if (text === null) return undefined;
  const ms = /^\d{1,15}$/.test(text) ? Number(text) : /(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(ms) || Math.abs(ms) > 8.64e15 ? undefined : ms;
}

export function encodeMoment(atMs: number): string {
  const iso = new Date(atMs).toISOString();
  return iso.endsWith(':00.000Z') ? `${iso.slice(0, 16)}Z` : iso;
}
