/**
 * Reports as the Flask program before Nester wrote them: other names, numbers as text, times
 * in several forms. Turned into today's form as far as they can be; `decodeStored` judges the
 * result.
 */

const NUMBERS = ['devices', 'latency', 'loss', 'jitter', 'interval'] as const;
const TIMES = ['timestamp', 'last_update', 'ts', 'time'] as const;

/** `name`: the key it stood under, where the file was an object of node -> last report. */
export function convertOldReport(value: unknown, name?: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const old = value as Record<string, unknown>; // any JSON object is one
  const report: Record<string, unknown> = { ...old };
  const node = old['node'] ?? old['hostname'] ?? name;
  report['node'] = typeof node === 'number' ? String(node) : node;
  report['latency'] = 'latency' in old ? old['latency'] : old['latency_ms'];
  for (const key of NUMBERS) {
    const number = numberOf(report[key]);
    if (number === undefined) Reflect.deleteProperty(report, key);
    else report[key] = number;
  }
  if (report['ip'] === '') report['ip'] = null;
  const time = TIMES.map((key) => timeOf(old[key])).find((ms) => ms !== undefined);
  if (time === undefined) delete report['timestamp'];
  else report['timestamp'] = time;
  return report;
}

/** A number, a text that is one (`"12.5"`, `"12,5 ms"`), or nothing. */
function numberOf(value: unknown): number | null | undefined {
  if (typeof value === 'number' || value === null) return value;
  if (typeof value !== 'string') return undefined;
  const digits = /^\s*(-?\d+(?:[.,]\d+)?)\s*(?:ms|%|s)?\s*$/.exec(value)?.[1];
  return digits === undefined ? null : Number(digits.replace(',', '.'));
}

/** Seconds since 1970 end here (in 5138); a larger number is milliseconds. */
const SECONDS_LIMIT = 1e11;

/** Epoch ms of a time in seconds or ms, or as text with or without zone (without: this machine's). */
function timeOf(value: unknown): number | undefined {
  if (typeof value === 'string' && !/^\d+(\.\d+)?$/.test(value.trim())) {
    const ms = Date.parse(value.trim().replace(' ', 'T'));
    return Number.isNaN(ms) || ms < 0 ? undefined : ms;
  }
  const number = typeof value === 'string' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number) || number <= 0) return undefined;
  return Math.round(number < SECONDS_LIMIT ? number * 1000 : number);
}
