import type { Chronicle } from './chronicle.ts';
import { type Period, STATUSES } from './stretch.ts';

/** Time in each status, seconds. Their sum is the whole. */
export interface Shares<T = number> {
  online: T;
  late: T;
  offline: T;
  paused: T;
  unknown: T;
}

export interface AvailabilitySlots extends Shares<number[]> {
  /** Length of a slot, ms. */
  step: number;
  /** When each begins, epoch ms. */
  t: number[];
}

const KINDS = [...STATUSES, 'unknown'] as const;

/**
 * How long a node was in which status within [from, to), in `points` slots of the same length.
 * To the millisecond as far back as single events are kept; before, by sums of whole days.
 */
export function availabilitySlots(chronicle: Chronicle, node: string, fromMs: number, toMs: number, points: number): AvailabilitySlots {
  const step = (toMs - fromMs) / points;
  const edge = (slot: number): number => fromMs + Math.round(slot * step);
  const sums = KINDS.map(() => new Float64Array(points));
  const folded = chronicle.timeline(node)?.folded;
  const detailFrom = Math.min(toMs, Math.max(fromMs, folded?.endMs() ?? -Infinity));

  for (let slot = 0; folded && slot < points && edge(slot) < detailFrom; slot++) {
    const to = Math.min(edge(slot + 1), detailFrom);
    const known = folded.within(edge(slot), to);
    const unknown = to - edge(slot) - known.reduce((sum, ms) => sum + ms, 0);
    [...known, unknown].forEach((ms, kind) => add(kind, slot, ms));
  }

  let slot = 0;
  for (const period of chronicle.periods(node, detailFrom, toMs)) slot = spread(period, slot);

  /** Counts a period in each slot it touches; returns the last of them. */
  function spread({ status, fromMs: start, toMs: end }: Period, first: number): number {
    const kind = KINDS.indexOf(status);
    let at = start;
    let now = first;
    while (at < end) {
      while (now < points - 1 && edge(now + 1) <= at) now++;
      const until = now === points - 1 ? end : Math.min(end, edge(now + 1));
      add(kind, now, until - at);
      at = until;
    }
    return now;
  }

  function add(kind: number, slot: number, ms: number): void {
    const column = sums[kind];
    if (column) column[slot] = (column[slot] ?? 0) + ms;
  }

  const seconds = (kind: number): number[] => Array.from(sums[kind] ?? [], (ms) => Math.round(ms) / 1000);
  return {
    step,
    t: Array.from({ length: points }, (_, n) => edge(n)),
    online: seconds(0),
    late: seconds(1),
    offline: seconds(2),
    paused: seconds(3),
    unknown: seconds(4),
  };
}

/** A change of status: from when, and until when unless it still holds. */
export interface StatusChange {
  at: number;
  status: Period['status'];
  until?: number;
}

/**
 * The statuses of a node that touch [from, to], in order of time, each with its true beginning.
 * `cut`: there were more, and only the newest `limit` are there, or the rest is known by sums only.
 */
export function statusChanges(
  chronicle: Chronicle,
  node: string,
  fromMs: number,
  toMs: number,
  limit: number,
): { events: StatusChange[]; cut: boolean } {
  const timeline = chronicle.timeline(node);
  if (!timeline) return { events: [], cut: false };
  const detailFrom = timeline.detailFromMs();
  let events: StatusChange[] = [];
  for (const { status, fromMs: at, toMs: until } of chronicle.periods(node, detailFrom, Infinity)) {
    const last = events.at(-1);
    if (last?.status === status) last.until = until;
    else events.push({ at, status, until });
  }
  const last = events.at(-1);
  if (last?.until === Infinity) delete last.until;
  events = events.filter(({ at, until = Infinity }) => at <= toMs && until > fromMs);
  const isFolded = timeline.folded.endMs() > fromMs;
  return { events: events.slice(-limit), cut: events.length > limit || isFolded };
}
