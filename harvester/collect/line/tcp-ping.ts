import { type Clock, delay } from '../../clock.ts';
import type { TroubleLog } from '../../log.ts';
import type { PingPlan } from './ping-command.ts';
import { type LineQuality, qualityOf, UNKNOWN_QUALITY } from './round-trips.ts';
import type { Reached, TcpConnect } from '../tcp-connect.ts';

/** Where a host may be knocked at by TCP. */
export interface Doors {
  /** Tried at the same time until one of them has answered. */
  ports: readonly number[];
  /** Whether the host is known to answer there, so that silence means loss and not a firewall. */
  surely: boolean;
}

/** Ports that most hosts answer at, if only by refusing, and that firewalls rarely swallow. */
export const USUAL_DOORS: Doors = { ports: [443, 80], surely: false };

/**
 * What has not answered by then counts as lost: after a second every system asks again by itself
 * (RFC 6298), and the answer to that would hide the loss.
 */
const LONGEST_WAIT_MS = 950;

export interface TcpPingDeps {
  connect: TcpConnect;
  plan: PingPlan;
  clock: Clock;
  troubles: TroubleLog;
}

/** Measures the line to an IP address by TCP connections. Never rejects. */
export type TcpPing = (address: string, doors: Doors, signal?: AbortSignal) => Promise<LineQuality>;

/**
 * The same round as of `ping`, so many requests so far apart: each is a connection, its round
 * trip the time until it is accepted or refused, and both count as an answer. A host that has
 * never answered at any door may hide behind a firewall: then nothing is known, not even a loss.
 */
export function createTcpPing({ connect, plan, clock, troubles }: TcpPingDeps): TcpPing {
  /** The port that answered last, for each address that ever answered; `undefined` once it fell silent. */
  const answering = new Map<string, number | undefined>();

  async function request(address: string, doors: Doors, signal: AbortSignal | undefined): Promise<Reached> {
    const port = answering.get(address);
    const tries = (port === undefined ? doors.ports : [port]).map(async (candidate) => {
      const reached = await connect(address, candidate, Math.min(plan.waitMs, LONGEST_WAIT_MS), signal);
      if (reached.kind !== 'answered') throw new NoAnswer(reached);
      answering.set(address, candidate);
      return reached;
    });
    // The first that answers; if none does, the one that says most.
    return Promise.any(tries).catch((error: unknown) => {
      const all = error instanceof AggregateError ? (error.errors as NoAnswer[]).map(({ reached }) => reached) : [];
      return all.find(({ kind }) => kind === 'silent') ?? all[0] ?? { kind: 'silent' };
    });
  }

  return async function tcpPing(address, doors, signal) {
    const requests = Array.from({ length: plan.count }, async (_, at) => {
      await delay(clock, at * plan.spacingMs, signal);
      return request(address, doors, signal);
    });
    const all = await Promise.all(requests);
    const roundTrips = all.flatMap((reached) => (reached.kind === 'answered' ? [reached.ms] : []));
    const [unsent] = all.filter((reached) => reached.kind === 'unsent');
    if (unsent !== undefined && !signal?.aborted) troubles.trouble('tcp', `not every TCP connection could be tried: ${unsent.reason}`);
    else troubles.settled('tcp', 'TCP connections can be tried again');
    if (roundTrips.length === 0 && answering.has(address)) answering.set(address, undefined);
    if (!doors.surely && !answering.has(address)) return UNKNOWN_QUALITY;
    return qualityOf(roundTrips, all.filter(({ kind }) => kind !== 'unsent').length);
  };
}

/** Carries what came in place of an answer through `Promise.any`. */
class NoAnswer extends Error {
  constructor(readonly reached: Reached) {
    super(reached.kind);
  }
}
