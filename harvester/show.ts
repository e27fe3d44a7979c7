import type { Report } from '../protocol/report.ts';
import type { Harvester } from './harvester.ts';
import { writeReport } from './round.ts';

/**
 * Measures, and returns what `once` would send. Sends nothing and changes nothing, not even in
 * the state folder.
 */
export async function show({ measure, sender }: Harvester, signal: AbortSignal): Promise<Report> {
  const measurement = await measure(signal);
  return JSON.parse(writeReport(sender, measurement, { timestampMs: measurement.measuredAtMs, kept: 0, dropped: 0 })) as Report;
}
