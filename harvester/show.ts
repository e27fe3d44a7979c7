import type { Harvester } from './harvester.ts';
import { writeReport } from './round.ts';

/**
 * Measures, and returns what `once` would send, as indented JSON. Sends nothing and changes
 * nothing, not even in the state folder.
 */
export async function show({ measure, sender }: Harvester, signal: AbortSignal): Promise<string> {
  const measurement = await measure(signal);
  const json = writeReport(sender, measurement, { timestampMs: measurement.measuredAtMs, kept: 0, dropped: 0 });
  return `${JSON.stringify(JSON.parse(json), null, 2)}\n`;
}
