import { percentOf } from './numbers.ts';
import type { ProcessorTime } from './processor.ts';
import type { Traffic } from './traffic.ts';

/** What the machine counts since its start. Two of them make rates. */
export interface Counters {
  /** Since the start, s: the clock of these counts, which nobody can set. */
  uptimeSeconds: number;
  /** Another one after each start of the machine; empty where that is not known. */
  boot: string;
  processor: ProcessorTime | undefined;
  traffic: Traffic | undefined;
}

export interface Rates {
  /** Percent of all cores. */
  cpu: number | undefined;
  /** Bytes per second received. */
  rx: number | undefined;
  /** Bytes per second sent. */
  tx: number | undefined;
}

export const NO_RATES: Rates = { cpu: undefined, rx: undefined, tx: undefined };

/** Less is too short for clocks that tick a hundred times a second; more is no rate of today. */
const SPAN_SECONDS = { least: 0.5, most: 24 * 3600 };

/** Whether rates between the two mean anything. */
export function isComparable(before: Counters, after: Counters): boolean {
  const span = after.uptimeSeconds - before.uptimeSeconds;
  return before.boot === after.boot && span >= SPAN_SECONDS.least && span <= SPAN_SECONDS.most;
}

/** Whether the two are of the same moment, as good as. */
export function isTooSoon(before: Counters, after: Counters): boolean {
  const span = after.uptimeSeconds - before.uptimeSeconds;
  return before.boot === after.boot && span >= 0 && span < SPAN_SECONDS.least;
}

/** A count that went back (an interface was removed and came again) gives no rate. */
export function ratesBetween(before: Counters, after: Counters): Rates {
  const seconds = after.uptimeSeconds - before.uptimeSeconds;
  const perSecond = (from: number, to: number): number | undefined => (to < from ? undefined : Math.round((to - from) / seconds));
  const [cpuBefore, cpuAfter] = [before.processor, after.processor];
  const [netBefore, netAfter] = [before.traffic, after.traffic];
  const sameWay = netBefore !== undefined && netAfter !== undefined && netBefore.interface === netAfter.interface;
  return {
    cpu: cpuBefore && cpuAfter && percentOf(cpuAfter.busy - cpuBefore.busy, cpuAfter.total - cpuBefore.total),
    rx: sameWay ? perSecond(netBefore.received, netAfter.received) : undefined,
    tx: sameWay ? perSecond(netBefore.sent, netAfter.sent) : undefined,
  };
}

/** What a file may hold is checked: it may be old, cut off or another program's. */
export function decodeCounters(text: string): Counters | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  const { uptimeSeconds, boot, processor, traffic } = value;
  if (!isCount(uptimeSeconds) || typeof boot !== 'string') return undefined;
  return {
    uptimeSeconds,
    boot,
    processor: isRecord(processor) && isCount(processor['busy']) && isCount(processor['total']) ? { busy: processor['busy'], total: processor['total'] } : undefined,
    traffic: isRecord(traffic) && typeof traffic['interface'] === 'string' && isCount(traffic['received']) && isCount(traffic['sent'])
      ? { interface: traffic['interface'], received: traffic['received'], sent: traffic['sent'] }
      : undefined,
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0;
