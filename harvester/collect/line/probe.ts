import type { Target } from '../../../protocol/report.ts';
import type { Clock } from '../../clock.ts';
import type { TroubleLog } from '../../log.ts';
import type { Ping } from './ping.ts';
import type { LineQuality } from './round-trips.ts';
import type { Doors, TcpPing } from './tcp-ping.ts';

/** How good a line is, and how that was found out; without `method` it was not. */
export type ProbedLine = LineQuality & Pick<Target, 'method'>;

/** Measures the line to an IP address, as this machine can. Never rejects. */
export type Probe = (address: string, doors: Doors, signal?: AbortSignal) => Promise<ProbedLine>;

export interface ProbeDeps {
  ping: Ping;
  tcpPing: TcpPing;
  clock: Clock;
  troubles: TroubleLog;
}

/** Someone may install `ping` meanwhile, or give the right to use it. */
const ASK_AGAIN_MS = 10 * 60_000;

/** By `ping`; where there is none, or no right to use it, by TCP connections. */
export function createProbe({ ping, tcpPing, clock, troubles }: ProbeDeps): Probe {
  let withoutPingUntilMs = -Infinity;

  return async function probe(address, doors, signal) {
    if (clock.monotonic() >= withoutPingUntilMs) {
      const pinged = await ping(address, signal);
      if (pinged.kind === 'measured') return said(pinged.quality, 'icmp');
      withoutPingUntilMs = clock.monotonic() + ASK_AGAIN_MS;
      troubles.notice('ping', `the line is measured by TCP connections, since ping cannot be used: ${pinged.reason}`);
    }
    return said(await tcpPing(address, doors, signal), 'tcp');
  };
}

function said(quality: LineQuality, method: 'icmp' | 'tcp'): ProbedLine {
  const isKnown = quality.latency !== null || quality.loss !== null;
  return isKnown ? { ...quality, method } : quality;
}
