import type { Clock } from '../../clock.ts';
import type { TroubleLog } from '../../log.ts';
import type { RunChild } from '../child.ts';
import type { Resolver } from '../resolver.ts';
import { createTcpConnect } from '../tcp-connect.ts';
import { createLine, type MeasureLine, type NamedHost } from './line.ts';
import type { PingPlan } from './ping-command.ts';
import { createPing } from './ping.ts';
import { createProbe } from './probe.ts';
import { shareWhileUnderWay } from './shared-ping.ts';
import { createTcpPing, USUAL_DOORS } from './tcp-ping.ts';

export interface SiteLineDeps {
  main: string;
  targets: readonly NamedHost[];
  /** The Nester reported to: where it is the main target, its own port is known to answer. */
  nester: { host: string; port: number };
  gateway: () => Promise<string | undefined>;
  plan: PingPlan;
  platform: string;
  run: RunChild;
  resolver: Resolver;
  clock: Clock;
  troubles: TroubleLog;
}

/** The parts that measure the line, put together for this machine. */
export function createSiteLine({ main, targets, nester, gateway, plan, platform, run, resolver, clock, troubles }: SiteLineDeps): MeasureLine {
  return createLine({
    resolver,
    probe: createProbe({
      ping: shareWhileUnderWay(createPing({ run, platform, plan, troubles })),
      tcpPing: createTcpPing({ connect: createTcpConnect(clock), plan, clock, troubles }),
      clock,
      troubles,
    }),
    troubles,
    main,
    mainDoors: main === nester.host ? { ports: [nester.port], surely: true } : USUAL_DOORS,
    targets,
    gateway,
  });
}
