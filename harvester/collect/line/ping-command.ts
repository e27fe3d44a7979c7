import { isIPv6 } from 'node:net';

/** How a round is to be pinged. */
export interface PingPlan {
  /** Echo requests to send. */
  count: number;
  /** Between two of them, where the system's ping can be told. */
  spacingMs: number;
  /** How long to wait for the last answer. */
  waitMs: number;
}

export interface PingCommand {
  command: string;
  args: string[];
}

/**
 * Ways to call the system's `ping`, best first: the next is tried where the one before is not
 * understood (old BusyBox knows no `-i`, some BSDs keep short intervals for root). The address
 * is an IP literal, made by the resolver, so nothing in the arguments comes from outside.
 */
export function pingCommands(platform: string, address: string, plan: PingPlan): PingCommand[] {
  const count = String(plan.count);
  const seconds = (ms: number): string => String(Math.round(ms) / 1000);
  if (platform === 'win32') {
    return [{ command: 'ping', args: ['-n', count, '-w', String(Math.round(plan.waitMs)), address] }];
  }
  const plain: PingCommand = { command: 'ping', args: ['-n', '-c', count, address] };
  if (platform === 'linux' || platform === 'android') {
    // Whole seconds, because BusyBox reads nothing else.
    const wait = String(Math.max(1, Math.ceil(plan.waitMs / 1000)));
    return [
      { command: 'ping', args: ['-n', '-c', count, '-i', seconds(plan.spacingMs), '-W', wait, address] },
      plain,
    ];
  }
  const command = isIPv6(address) ? 'ping6' : 'ping';
  return [
    { command, args: ['-n', '-c', count, '-i', seconds(plan.spacingMs), address] },
    { ...plain, command },
  ];
}

/** Windows' ping sends one request per second and cannot be told otherwise. */
export const WINDOWS_SPACING_MS = 1_000;
const GENTLE_SPACING_MS = 200;
const LONGEST_WAIT_MS = 2_000;

/**
 * A plan for `pings` requests that fits into a round: all sent and the last one waited for
 * before the next round begins. Where the interval is too short, fewer are sent; a site must
 * not fall behind its own rhythm.
 */
export function planPings(platform: string, pings: number, intervalMs: number): PingPlan {
  const spacingMs = platform === 'win32' ? WINDOWS_SPACING_MS : GENTLE_SPACING_MS;
  const roundMs = intervalMs - 100;
  const waitMs = Math.min(platform === 'win32' ? 900 : LONGEST_WAIT_MS, roundMs / 2);
  const fitting = 1 + Math.floor((roundMs - waitMs) / spacingMs);
  return { count: Math.max(1, Math.min(pings, fitting)), spacingMs, waitMs };
}

/**
 * After this a ping is ended: everything was sent, and the last answer had its time. Interrupted,
 * it still prints its statistics; Windows knows no such signal, so there it is given more.
 */
export function pingDeadlineMs(platform: string, { count, spacingMs, waitMs }: PingPlan): number {
  return (count - 1) * spacingMs + waitMs + (platform === 'win32' ? 2_000 : 100);
}
