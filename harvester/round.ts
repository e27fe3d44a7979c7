import { LIMITS } from '../protocol/limits.ts';
import type { Report } from '../protocol/report.ts';
import { formatTimestamp } from '../protocol/timestamp.ts';
import type { Lan } from './collect/lan/lan.ts';
import type { MeasureLine } from './collect/line/line.ts';
import type { BeginHealth } from './collect/machine/health.ts';
import { metricsOf } from './collect/machine/metrics.ts';
import type { MeasureOwn } from './collect/own-measurements.ts';
import type { TroubleLog } from './log.ts';
import type { Pause } from './pause/pause-file.ts';

/** What was measured in one round, before the outbox gave it its time. */
export interface Measurement {
  /** When it was measured, by the machine's clock, epoch ms. */
  measuredAtMs: number;
  /** What the report says besides its time and its sender. */
  content: Omit<Report, 'timestamp' | 'agent' | 'node'>;
  /** When the machine started, epoch ms. */
  bootMs: number | undefined;
  /** The site is being worked on. */
  pause: Pause | undefined;
}

export interface RoundDeps {
  line: MeasureLine;
  lan: Lan;
  beginHealth: BeginHealth;
  measureOwn: MeasureOwn;
  /** Whether a scan that is due belongs to the round, or goes on behind it. */
  waitsForScan: boolean;
  /** The address this machine uses towards the Nester. */
  ownAddress: () => Promise<string | undefined>;
  /** Seconds from a round that begins now to the next. */
  intervalFrom: (measuredAtMs: number) => Promise<number>;
  /** What the people of the site said last. */
  pause: () => Promise<Pause | undefined>;
  labels: Record<string, string>;
  now: () => number;
  troubles: TroubleLog;
}

/**
 * Measures everything there is to measure, all at the same time, and returns it as the content
 * of a report. Fields that cannot be known are `null` or absent. The time is that of the round's
 * beginning, so that the rounds of a grid are evenly spaced however long each took.
 */
export function createRound({ line, lan, beginHealth, measureOwn, waitsForScan, ownAddress, intervalFrom, pause, labels, now, troubles }: RoundDeps) {
  return async function measure(signal?: AbortSignal): Promise<Measurement> {
    const measuredAtMs = now();
    const scanned = lan.refresh(signal);
    const [endHealth, quality, own, ip, interval] = await Promise.all([
      beginHealth(signal),
      line(signal),
      measureOwn(signal),
      ownAddress(),
      intervalFrom(measuredAtMs),
      waitsForScan ? scanned : undefined,
    ]);
    // Read last: a scan that ended meanwhile is in, and so is a pause that was said meanwhile.
    const [{ devices, hosts }, health, said] = await Promise.all([lan.view(), endHealth(), pause()]);
    const { metrics, left } = metricsOf(health, own);
    if (left > 0) troubles.trouble('metrics', `${left} metrics are left out: a report has room for ${LIMITS.metrics}`);
    else troubles.settled('metrics', 'all metrics are reported again');
    const { latency, loss, jitter, method, targets } = quality;
    return {
      measuredAtMs,
      bootMs: health.bootMs,
      pause: said !== undefined && said.untilMs > now() ? said : undefined,
      content: {
        ip: ip ?? null,
        devices,
        latency,
        loss,
        jitter,
        ...(method === undefined ? {} : { method }),
        interval,
        ...(Object.keys(metrics).length === 0 ? {} : { metrics }),
        ...(targets.length === 0 ? {} : { targets }),
        ...(hosts.length === 0 ? {} : { hosts: hosts.slice(0, LIMITS.hosts) }),
        ...(Object.keys(labels).length === 0 ? {} : { labels }),
      },
    };
  };
}
export type MeasureRound = ReturnType<typeof createRound>;

/** Who measures: the parts of a report that stay the same. */
export interface Sender {
  node: string;
  version: string;
  mode: 'once' | 'agent';
  os: string;
  hostname: string;
}

/** What the outbox adds to a measurement. */
export interface OutboxFacts {
  /** The report's time, epoch ms: later than that of any report before. */
  timestampMs: number;
  /** Reports waiting in the outbox. */
  kept: number;
  /** Reports the outbox has lost for lack of room. */
  dropped: number;
}

/** Writes the report, its keys in the order of the protocol, as one line of JSON. */
export function writeReport(sender: Sender, measurement: Measurement, facts: OutboxFacts): string {
  const { content, bootMs, pause } = measurement;
  const { node, ...who } = sender;
  const boot = bootMs === undefined ? {} : { boot: formatTimestamp(bootMs) };
  const paused = pause === undefined ? {} : { pausedUntil: formatTimestamp(pause.untilMs), ...(pause.why === undefined ? {} : { pausedWhy: pause.why }) };
  const agent = { ...who, ...boot, kept: facts.kept, dropped: facts.dropped, ...paused };
  const report: Report = { node, timestamp: formatTimestamp(facts.timestampMs), ...content, agent };
  const json = JSON.stringify(report);
  if (Buffer.byteLength(json) <= LIMITS.reportBytes || report.hosts === undefined) return json;
  // Only a LAN full of long names gets here; its size stays right in `devices`.
  const half = report.hosts.slice(0, Math.floor(report.hosts.length / 2));
  return writeReport(sender, { ...measurement, content: { ...content, hosts: half } }, facts);
}
