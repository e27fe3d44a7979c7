import { type Decoded, refused } from '../../protocol/decoded.ts';
import { decodeReport, type Report, type StoredReport } from '../../protocol/report.ts';
import { formatTimestamp } from '../../protocol/timestamp.ts';

/** A report with everything Nester adds, and its one serialisation. */
export interface SerialisedReport {
  report: StoredReport;
  json: string;
  timestampMs: number;
  receivedAtMs: number;
}

/**
 * The one place where a report becomes text: `node` and `timestamp` first, then the fields in
 * the schema's order, `receivedAt` last. The same report always gives the same bytes. (One that its
 * sender wrote so already is written as it came, see `scan-report.ts`.)
 */
export function serialiseReport(decoded: Report, timestampMs: number, receivedAtMs: number): SerialisedReport {
  const report = completeReport(decoded, timestampMs, receivedAtMs);
  return { report, json: JSON.stringify(report), timestampMs, receivedAtMs };
}

/**
 * A report with its times. A time of measurement that it has is taken as it is: the decoder has
 * written it so. Takes the report over: it is completed in place, because a copy costs more than writing it.
 */
export function completeReport(decoded: Report, timestampMs: number, receivedAtMs: number): StoredReport {
  const timestamp = decoded.timestamp ?? formatTimestamp(timestampMs);
  // A report that came without a time has no place for it yet.
  const timed = decoded.timestamp === undefined ? { ...{ node: decoded.node, timestamp }, ...decoded } : decoded;
  const report = timed as StoredReport;
  report.timestamp = timestamp;
  report.receivedAt = receivedAtMs;
  return report;
}

/**
 * An element of data.json as an operator may have left or written it: a report, with
 * `receivedAt` or without. Missing times become `fallbackMs`.
 */
export function decodeStored(value: unknown, fallbackMs: number): Decoded<SerialisedReport> {
  // Its time was checked when it was received; by now the clock may have been set back.
  const decoded = decodeReport(value, Infinity);
  if (!decoded.ok) return decoded;
  const receivedAt = receivedAtOf(value) ?? fallbackMs;
  if (typeof receivedAt !== 'number' || !Number.isSafeInteger(receivedAt) || receivedAt < 0) {
    return refused('expected whole epoch milliseconds', 'receivedAt');
  }
  const { timestamp } = decoded.value;
  const timestampMs = timestamp === undefined ? fallbackMs : Date.parse(timestamp);
  return { ok: true, value: serialiseReport(decoded.value, timestampMs, receivedAt) };
}

function receivedAtOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'receivedAt' in value ? value.receivedAt : undefined;
}

/** A report's identity as a map's key. Node names hold no control characters. */
export function identityKey(node: string, timestampMs: number): string {
  return `${node}\n${timestampMs}`;
}
