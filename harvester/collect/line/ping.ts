import { oneLine, type TroubleLog } from '../../log.ts';
import type { ChildResult, RunChild } from '../child.ts';
import { type PingPlan, pingCommands, pingDeadlineMs } from './ping-command.ts';
import { parsePing } from './ping-output.ts';
import { type LineQuality, qualityOf, UNKNOWN_QUALITY } from './round-trips.ts';

/** Enough for hundreds of answers; a `ping` that prints more is none. */
const LIMIT_BYTES = 256 * 1024;

export interface PingDeps {
  run: RunChild;
  platform: string;
  plan: PingPlan;
  troubles: TroubleLog;
}

/** `unusable`: this machine has no `ping`, or this user may not use it. */
export type Pinged = { kind: 'measured'; quality: LineQuality } | { kind: 'unusable'; reason: string };

/** Measures the line to an IP address with the system's `ping`. Never rejects. */
export type Ping = (address: string, signal?: AbortSignal) => Promise<Pinged>;

/** How iputils, BusyBox and the BSDs say that they may not, in English (`LC_ALL=C`). */
const NO_RIGHT = /not permitted|permission denied|are you root|lacking privilege|must be root/i;

/**
 * A `ping` that cannot be understood or hangs gives `null` for what it did not say: answers
 * count only with a time each, loss only with the statistics that say how many requests were sent.
 */
export function createPing({ run, platform, plan, troubles }: PingDeps): Ping {
  /** The first of the commands that this system is known to understand. */
  let understood = 0;
  const deadlineMs = pingDeadlineMs(platform, plan);

  return async function ping(address, signal) {
    const commands = pingCommands(platform, address, plan);
    let reason = '';
    let unusable = false;
    for (let at = understood; at < commands.length; at++) {
      const { command, args } = commands[at] ?? { command: '', args: [] };
      const result = await run(command, args, { deadlineMs, limitBytes: LIMIT_BYTES, firstSignal: 'SIGINT', signal });
      // Bytes, not characters: consoles of Windows speak old code pages, and only digits matter.
      const { roundTrips, sent } = parsePing(result.stdout.toString('latin1'));
      const credible = result.outcome !== 'overflow' && roundTrips.length <= (sent ?? plan.count) && (sent ?? 0) <= plan.count;
      if (credible && (sent !== undefined || roundTrips.length > 0)) {
        if (sent !== undefined) understood = at;
        troubles.settled('ping', 'ping can be used again');
        return { kind: 'measured', quality: qualityOf(roundTrips, sent) };
      }
      reason = complaintOf(result);
      unusable = isUnusable(result);
      if (result.outcome !== 'exited') break;
    }
    if (unusable) return { kind: 'unusable', reason };
    if (!signal?.aborted) troubles.trouble('ping', `ping gives no measurement: ${reason}`);
    return { kind: 'measured', quality: UNKNOWN_QUALITY };
  };
}

function isUnusable({ outcome, stdout, stderr }: ChildResult): boolean {
  if (outcome === 'missing' || outcome === 'failed') return true;
  return outcome === 'exited' && NO_RIGHT.test(`${stderr}\n${stdout.toString('latin1')}`);
}

function complaintOf({ outcome, code, stdout, stderr }: ChildResult): string {
  switch (outcome) {
    case 'missing':
      return 'there is no such program; install iputils-ping (Debian, Ubuntu) or iputils';
    case 'failed':
      return `it cannot be started: ${oneLine(stderr)}`;
    case 'overflow':
      return `it printed more than ${LIMIT_BYTES / 1024} KiB`;
    case 'deadline':
      return 'it did not end in time and printed nothing of use';
    default:
      return `it ended with code ${code ?? 'none'} and said: ${oneLine(stderr || stdout.toString('latin1')) || 'nothing'}`;
  }
}
