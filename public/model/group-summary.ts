import { count, type Counts } from './counts.ts';
import type { Row } from './row.ts';

/** What the heading of a group says of its nodes. */
export interface GroupSummary {
  counts: Counts;
  /** ms; `null` where no node measured any. */
  medianLatency: number | null;
  /** Percent; `null` where no node measured any. */
  worstLoss: number | null;
}

export function summaryOf(rows: readonly Row[]): GroupSummary {
  const latencies: number[] = [];
  let worstLoss: number | null = null;
  for (const { latency, loss } of rows) {
    if (latency !== null) latencies.push(latency);
    if (loss !== null && (worstLoss === null || loss > worstLoss)) worstLoss = loss;
  }
  return { counts: count(rows), medianLatency: median(latencies), worstLoss };
}

/** The middle value, or the mean of the two that share the middle. */
function median(values: readonly number[]): number | null {
  const sorted = Float64Array.from(values).sort();
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  return upper === undefined || lower === undefined ? null : (lower + upper) / 2;
}
