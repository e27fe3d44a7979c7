import * as z from 'zod';
import type { Decoded, InputError } from './decoded.ts';
import { LIMITS } from './limits.ts';
import { METRIC_NAME } from './metric-name.ts';
import { plainReport } from './plain-report.ts';
import { decodeTimestamp, formatTimestamp, isCanonicalTimestamp, parseTimestamp } from './timestamp.ts';

/**
 * The report: what a Harvester measured, as Nester keeps it. Schemas here are the one place
 * where a field's name, unit and range are written; docs/api.md describes them for people.
 *
 * Unknown keys are dropped, never stored and never echoed. Fields come out in the order of the
 * schema, whatever the sender's was; metrics and labels keep the sender's.
 */

/**
 * So many characters as people count them (code points: one emoji is one), none of them a
 * control character or half a surrogate pair. One expression checks all three, at native speed.
 */
function characters(limit: number, least = 0): RegExp {
  return new RegExp(`^[^\\p{Cc}\\p{Cs}]{${least},${limit}}$`, 'u');
}

function text(limit: number, least = 0): z.ZodString {
  return z.string().regex(characters(limit, least), {
    error: ({ input }) => `expected ${least} to ${limit} characters, none of them a control character, got ${charactersIn(input)}`,
  });
}

function charactersIn(input: unknown): string {
  if (typeof input !== 'string') return typeof input;
  const count = Array.from(input).length;
  return /[\p{Cc}\p{Cs}]/u.test(input) ? `${count} with a control character or half a pair among them` : `${count}`;
}

const name = z.string().trim().pipe(text(LIMITS.nameCharacters, 1));
const ip = z.union([z.ipv4(), z.ipv6()], { error: 'expected an IPv4 or IPv6 address' });
const milliseconds = z.number().nonnegative().nullable();
const percent = z.number().min(0).max(100).nullable();
const instant = z.transform((input: unknown, context) => {
  if (typeof input === 'string' && isCanonicalTimestamp(input)) return input;
  const decoded = decodeTimestamp(input);
  if (decoded.ok) return formatTimestamp(decoded.value);
  context.issues.push({ code: 'custom', input, message: decoded.errors[0]?.message ?? 'not a time' });
  return z.NEVER;
});

/**
 * An object of names and values. By hand, because a schema per key and value would cost more
 * than the rest of the report: the count is looked at first, then each entry by two tests.
 */
function dictionary<Value>(
  limit: number,
  what: string,
  isName: (name: string) => boolean,
  isValue: (value: unknown) => value is Value,
  expected: { name: string; value: string },
) {
  return z.transform((input: unknown, context): Record<string, Value> => {
    const refuse = (message: string, path: string[] = []): never => {
      context.issues.push({ code: 'custom', input, message, path });
      return z.NEVER;
    };
    if (typeof input !== 'object' || input === null || Array.isArray(input)) return refuse(`expected an object of ${what}, got ${shown(input)}`);
    const entries = Object.entries(input);
    if (entries.length > limit) return refuse(`expected at most ${limit} ${what}, got ${entries.length}`);
    const dictionary: Record<string, Value> = {};
    for (const [name, value] of entries) {
      // Assigned to an ordinary object, this one would not become an entry.
      if (name === '__proto__') refuse('this name is not allowed, got "__proto__"', [name]);
      else if (!isName(name)) refuse(`expected ${expected.name}, got ${shown(name)}`, [name]);
      else if (isValue(value)) dictionary[name] = value;
      else refuse(`expected ${expected.value}, got ${typeof value === 'string' ? charactersIn(value) : shown(value)}`, [name]);
    }
    return dictionary;
  });
}

const metrics = dictionary(
  LIMITS.metrics,
  'metrics',
  (name) => METRIC_NAME.test(name),
  (value): value is number => typeof value === 'number' && Number.isFinite(value),
  { name: `a name like ${METRIC_NAME.source}`, value: 'a number' },
);

const LABEL_NAME = characters(LIMITS.labelCharacters, 1);
const LABEL_VALUE = characters(LIMITS.labelCharacters);
const labels = dictionary(
  LIMITS.labels,
  'labels',
  (name) => LABEL_NAME.test(name),
  (value): value is string => typeof value === 'string' && LABEL_VALUE.test(value),
  {
    name: `a name of 1 to ${LIMITS.labelCharacters} characters, none of them a control character`,
    value: `a text of at most ${LIMITS.labelCharacters} characters, none of them a control character`,
  },
);

/** `icmp`: echo requests. `tcp`: time until a connection was accepted or refused, where `ping` cannot be used. */
const method = z.enum(['icmp', 'tcp']);

const target = z.object({
  name: name,
  /** Median round trip in ms; `null` if no answer. */
  latency: milliseconds.optional(),
  loss: percent.optional(),
  jitter: milliseconds.optional(),
  method: method.optional(),
});

const host = z.object({
  ip,
  mac: text(64, 1).optional(),
  vendor: text(100).optional(),
  name: text(255).optional(),
  ports: z.array(z.int().min(1).max(65_535)).max(LIMITS.portsPerHost).optional(),
});

const agent = z.object({
  version: text(50, 1),
  /** `once`: one run from cron. `agent`: a process that stays. */
  mode: z.enum(['once', 'agent']),
  os: text(100).optional(),
  hostname: text(255).optional(),
  /** When the machine started. */
  boot: instant.optional(),
  /** Reports waiting in the outbox when this one was made. */
  kept: z.int().nonnegative().optional(),
  /** Reports the outbox has lost for lack of room, ever. */
  dropped: z.int().nonnegative().optional(),
  /** Until when the people of the site said that silence is no trouble: maintenance. */
  pausedUntil: instant.optional(),
  pausedWhy: text(LIMITS.pausedWhyCharacters).optional(),
});

const report = z.object({
  node: name,
  timestamp: instant.optional(),
  ip: ip.nullable().optional(),
  /** Hosts found on the LAN; `null` if not scanned. */
  devices: z.int().nonnegative().nullable().optional(),
  /** Median round trip to the main target in ms; `null` if no answer. */
  latency: milliseconds.optional(),
  /** Lost echo requests of the round, percent. */
  loss: percent.optional(),
  /** Mean absolute difference of successive round trips, ms (as RFC 3550, 6.4.1, without its smoothing). */
  jitter: milliseconds.optional(),
  /** How `latency`, `loss` and `jitter` were measured. */
  method: method.optional(),
  /** Seconds until the next report is to be expected. */
  interval: z.number().min(LIMITS.intervalSeconds.min).max(LIMITS.intervalSeconds.max).optional(),
  metrics: metrics.optional(),
  targets: z.array(target).max(LIMITS.targets).optional(),
  hosts: z.array(host).max(LIMITS.hosts).optional(),
  labels: labels.optional(),
  agent: agent.optional(),
});

/** A report as it is sent: `timestamp` may be missing. Times are ISO 8601 UTC with ms. */
export type Report = z.output<typeof report>;
export type Target = z.output<typeof target>;
export type Host = z.output<typeof host>;
export type AgentInfo = z.output<typeof agent>;

/** A report as it is kept and returned: with the time of measurement and of receipt (epoch ms). */
export type StoredReport = Report & { timestamp: string; receivedAt: number };

/**
 * Checks one report. `nowMs` is the receiver's clock: a timestamp more than
 * {@link LIMITS.futureMs} ahead of it is refused.
 */
export function decodeReport(input: unknown, nowMs: number): Decoded<Report> {
  const plain = plainReport(input);
  const decoded: Decoded<Report> = plain ? { ok: true, value: plain } : decodeBySchema(input);
  if (!decoded.ok) return decoded;
  const { timestamp } = decoded.value;
  return timestamp === undefined ? decoded : checkTime(decoded.value, parseTimestamp(timestamp), nowMs);
}

/** Whether the time of a report, epoch ms, is one that `nowMs` allows. */
export function checkTime(report: Report, timestampMs: number, nowMs: number): Decoded<Report> {
  if (timestampMs <= nowMs + LIMITS.futureMs) return { ok: true, value: report };
  return {
    ok: false,
    errors: [
      {
        path: 'timestamp',
        message: `is more than ${LIMITS.futureMs / 60_000} minutes in the future: ${formatTimestamp(timestampMs)}, and here it is ${formatTimestamp(nowMs)}`,
      },
    ],
  };
}

/** What the schemas say, and they alone; {@link decodeReport} asks a faster way first. */
export function decodeBySchema(input: unknown): Decoded<Report> {
  // With the input in each issue, so that the answer can say what came.
  const result = report.safeParse(input, { reportInput: true });
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, errors: result.error.issues.slice(0, 20).map(inputError) };
}

/** `['targets', 0, 'name']` -> `targets[0].name`. Keys and values are the sender's: cut, and made fit for a log. */
function inputError(issue: z.core.$ZodIssue): InputError {
  let path = '';
  for (const key of issue.path) {
    if (typeof key === 'number') path += `[${key}]`;
    else path += `${path === '' ? '' : '.'}${fit(String(key), 100)}`;
  }
  const said = issue.message.includes(', got ') || issue.code === 'invalid_type';
  return { path, message: fit(said ? issue.message : `${issue.message}, got ${shown(issue.input)}`, 300) };
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return `an object of ${Object.keys(value).length}`;
  if (typeof value === 'string') return JSON.stringify(fit(value, 60));
  if (typeof value === 'number' || typeof value === 'boolean') return `${typeof value} ${value}`;
  return value === null ? 'null' : typeof value;
}

function fit(text: string, limit: number): string {
  return text.slice(0, limit).replace(/[\p{Cc}\p{Cs}]/gu, '?');
}
