import { type Decoded, refused } from '../../protocol/decoded.ts';
import { decodeReport, type Report, type StoredReport } from '../../protocol/report.ts';
import type { ScannedReport } from '../../protocol/scan-report.ts';
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
 * the schema's order, `receivedAt` last. The same report always gives the same bytes.
 *
 * A time that the report has is taken as it is: the decoder has written it so.
 * Takes the report over: it is completed in place, because a copy costs more than writing it.
 * `scanned`: where its sender wrote it as it is written here; its own text is taken then.
 */
export function serialiseReport(decoded: Report, timestampMs: number, receivedAtMs: number, scanned?: Pick<ScannedReport, 'written'>): SerialisedReport {
  const timestamp = decoded.timestamp ?? formatTimestamp(timestampMs);
  // A report that came without a time has no place for it yet.
  const timed = decoded.timestamp === undefined ? { ...{ node: decoded.node, timestamp }, ...decoded } : decoded;
  const report = timed as StoredReport;
  report.timestamp = timestamp;
  report.receivedAt = receivedAtMs;
  const json = scanned ? scanned.written(timestamp, receivedAtMs) : JSON.stringify(report);
  return { report, json, timestampMs, receivedAtMs };
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
