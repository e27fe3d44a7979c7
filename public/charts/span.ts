/** The stretch of time that is looked at: the last hours or days, which moves on, or one between two instants, which stands. */
export type Span = { kind: 'last'; name: SpanName } | { kind: 'between'; fromMs: number; toMs: number };

/** A stretch as instants, epoch ms. */
export interface Window {
  fromMs: number;
  toMs: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The stretches offered, by the name they have in the address. */
export const SPANS = {
  '1h': HOUR_MS,
  '6h': 6 * HOUR_MS,
  '24h': DAY_MS,
  '7d': 7 * DAY_MS,
  '30d': 30 * DAY_MS,
  '1y': 365 * DAY_MS,
} as const satisfies Record<string, number>;

export type SpanName = keyof typeof SPANS;

export const SPAN_NAMES: readonly SpanName[] = ['1h', '6h', '24h', '7d', '30d', '1y'];

export const USUAL_SPAN: Span = { kind: 'last', name: '24h' };

/** Nearer than this is not looked at: less than a few reports tell nothing. */
export const SHORTEST_MS = 60_000;

/** What an address asks for: `?range=7d`, or `?from=&to=` (ISO 8601 or epoch ms). What is not understood is a day. */
export function spanOf(search: URLSearchParams): Span {
  const fromMs = instantOf(search.get('from'));
  const toMs = instantOf(search.get('to'));
  if (fromMs !== undefined && toMs !== undefined && toMs > fromMs) return { kind: 'between', fromMs, toMs };
  const name = SPAN_NAMES.find((known) => known === search.get('range'));
  return name === undefined ? USUAL_SPAN : { kind: 'last', name };
}

/** The address's parameters with another stretch; all else in them stays. The usual stretch needs no words. */
export function withSpan(search: URLSearchParams, span: Span): URLSearchParams {
  const next = new URLSearchParams(search);
  for (const name of ['range', 'from', 'to']) next.delete(name);
  if (span.kind === 'between') {
    next.set('from', isoOf(span.fromMs));
    next.set('to', isoOf(span.toMs));
  } else if (!isSameSpan(span, USUAL_SPAN)) {
    next.set('range', span.name);
  }
  return next;
}

export function windowOf(span: Span, nowMs: number): Window {
  if (span.kind === 'between') return { fromMs: span.fromMs, toMs: span.toMs };
  return { fromMs: nowMs - SPANS[span.name], toMs: nowMs };
}

export function isSameSpan(a: Span, b: Span): boolean {
  if (a.kind === 'between') return b.kind === 'between' && a.fromMs === b.fromMs && a.toMs === b.toMs;
  return b.kind === 'last' && a.name === b.name;
}

/** A stretch someone drew by hand, to whole seconds and not too short. */
export function drawnSpan(aMs: number, bMs: number): Span {
  const middleMs = (aMs + bMs) / 2;
  const halfMs = Math.max(Math.abs(bMs - aMs), SHORTEST_MS) / 2;
  const whole = (ms: number): number => Math.round(ms / 1_000) * 1_000;
  return { kind: 'between', fromMs: whole(middleMs - halfMs), toMs: whole(middleMs + halfMs) };
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

/** The range of `Date`: beyond it, nothing can be shown. */
const LAST_MS = 8.64e15;

function instantOf(text: string | null): number | undefined {
  if (text === null || text === '') return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  return Number.isFinite(ms) && ms >= 0 && ms <= LAST_MS ? ms : undefined;
}
