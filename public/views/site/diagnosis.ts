import type { Row } from '../../model/row.ts';

/**
 * What is wrong with a site, as far as its newest report and the last day tell: what a person
 * who knows networks would say at the first look.
 */
export type Finding =
  | { kind: 'paused'; untilMs: number; why: string }
  /** `isCutOff`: an agent stays there, and its connection is gone. */
  | { kind: 'offline'; forMs: number; heardAtMs: number; dueAtMs: number; isCutOff: boolean }
  | { kind: 'late'; byMs: number; dueAtMs: number }
  /** `where` the packets are lost; `line` where no further target tells. */
  | { kind: 'loss'; where: 'gateway' | 'internet' | 'nester' | 'line'; percent: number; sinceMs: number | undefined; isGatewayFine: boolean }
  | { kind: 'slow'; latency: number; usual: number; sinceMs: number | undefined }
  | { kind: 'fewDevices'; devices: number; usual: number }
  | { kind: 'full'; disk: string; percent: number }
  | { kind: 'backlog'; kept: number }
  | { kind: 'well'; sinceMs: number };

/** What the last day was like. `undefined` where nothing is known of it. */
export interface LastDay {
  usualLatency: number | undefined;
  usualDevices: number | undefined;
  /** Since when packets are lost without a break; only if they are now. */
  losingSinceMs: number | undefined;
  /** Since when it is slow without a break; only if it is now. */
  slowSinceMs: number | undefined;
}

export const NO_LAST_DAY: LastDay = { usualLatency: undefined, usualDevices: undefined, losingSinceMs: undefined, slowSinceMs: undefined };

/** The loss from which a line has trouble, percent. */
const LOSS = 5;
const FULL = 95;

export function isLosing(percent: number | null | undefined): boolean {
  return percent !== null && percent !== undefined && percent >= LOSS;
}

/** Twice as slow as usual; a few milliseconds more on a fast line are none of it. */
export function isSlow(latency: number, usual: number): boolean {
  return latency > 2 * usual && latency - usual > 20;
}

/** What is to be said of a site, the worst first; never empty. `nowMs` is Nester's clock. */
export function diagnose(row: Row, lastDay: LastDay, nowMs: number): Finding[] {
  const silence = silenceOf(row, nowMs);
  // What a report that is too old says of the line is no longer news.
  const findings = silence ? [silence] : troublesOf(row, lastDay);
  return findings.length > 0 ? findings : [{ kind: 'well', sinceMs: row.since }];
}

function silenceOf({ status, since, agent, receivedAt, interval, connected }: Row, nowMs: number): Finding | undefined {
  const dueAtMs = receivedAt + interval * 1_000;
  switch (status) {
    case 'paused':
      return { kind: 'paused', untilMs: Date.parse(agent?.pausedUntil ?? '') || nowMs, why: agent?.pausedWhy ?? '' };
    case 'offline':
      return { kind: 'offline', forMs: nowMs - since, heardAtMs: receivedAt, dueAtMs, isCutOff: agent?.mode === 'agent' && !connected };
    case 'late':
      return { kind: 'late', byMs: nowMs - dueAtMs, dueAtMs };
    case 'online':
      return undefined;
  }
}

function troublesOf(row: Row, lastDay: LastDay): Finding[] {
  const findings: Finding[] = [];
  const loss = lossOf(row, lastDay);
  if (loss) findings.push(loss);
  const { latency, devices, agent, metrics } = row;
  const { usualLatency, usualDevices } = lastDay;
  if (latency !== null && usualLatency !== undefined && isSlow(latency, usualLatency)) {
    findings.push({ kind: 'slow', latency, usual: usualLatency, sinceMs: lastDay.slowSinceMs });
  }
  if (devices !== null && usualDevices !== undefined && devices < 0.7 * usualDevices && usualDevices - devices >= 3) {
    findings.push({ kind: 'fewDevices', devices, usual: Math.round(usualDevices) });
  }
  for (const [name, percent] of Object.entries(metrics)) {
    const disk = /^disk(?::(.+))?$/.exec(name);
    if (disk && percent >= FULL) findings.push({ kind: 'full', disk: disk[1] ?? '', percent });
  }
  if (agent?.kept !== undefined && agent.kept > 0) findings.push({ kind: 'backlog', kept: agent.kept });
  return findings;
}

/**
 * Where packets are lost: the gateway is nearest, then the internet, then this Nester. A gateway
 * that answers no echo while what lies behind it does is not in trouble, only silent.
 */
function lossOf({ loss, targets }: Row, { losingSinceMs: sinceMs }: LastDay): Finding | undefined {
  const lossTo = (name: string): number | undefined => targets.find((target) => target.name.toLowerCase() === name)?.loss ?? undefined;
  const gateway = lossTo('gateway');
  const internet = lossTo('internet');
  const isGatewayFine = gateway !== undefined && !isLosing(gateway);
  const behind = Math.max(loss ?? 0, internet ?? 0);
  if (!isLosing(behind)) return undefined;
  const found = { kind: 'loss', sinceMs, isGatewayFine } as const;
  if (gateway !== undefined && isLosing(gateway)) return { ...found, where: 'gateway', percent: gateway };
  if (internet !== undefined && isLosing(internet)) return { ...found, where: 'internet', percent: internet };
  return { ...found, where: internet === undefined ? 'line' : 'nester', percent: loss ?? 0 };
}
