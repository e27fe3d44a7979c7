import { LIMITS } from '../../../protocol/limits.ts';
import type { Target } from '../../../protocol/report.ts';
import type { TroubleLog } from '../../log.ts';
import type { Probe, ProbedLine } from './probe.ts';
import type { Resolver } from '../resolver.ts';
import { UNKNOWN_QUALITY } from './round-trips.ts';
import { type Doors, USUAL_DOORS } from './tcp-ping.ts';

/** A target and the host behind it. */
export interface NamedHost {
  name: string;
  host: string;
}

export interface LineDeps {
  resolver: Resolver;
  probe: Probe;
  troubles: TroubleLog;
  main: string;
  /** Where the main target answers TCP. */
  mainDoors: Doors;
  targets: readonly NamedHost[];
  /** IP address of the default gateway; `undefined` where it is not known. */
  gateway: () => Promise<string | undefined>;
}

/** The default gateway's name among the targets, unless another was given this name. */
const GATEWAY = 'gateway';

/** What a report says of the line. */
export type LineView = ProbedLine & { targets: Target[] };

/** Measures the line to the main target, to all further ones and to the default gateway, at the same time. */
export function createLine({ resolver, probe, troubles, main, mainDoors, targets, gateway }: LineDeps) {
  const hasRoom = targets.length < LIMITS.targets && !targets.some(({ name }) => name === GATEWAY);

  async function measureHost(host: string, doors: Doors, signal: AbortSignal | undefined): Promise<ProbedLine> {
    const [first] = await resolver.resolve(host);
    if (first === undefined) {
      troubles.trouble(`resolve ${host}`, `the address of ${host} is not known: its name cannot be resolved`);
      return UNKNOWN_QUALITY;
    }
    troubles.settled(`resolve ${host}`, `the address of ${host} is known again`);
    return probe(first.address, doors, signal);
  }

  async function measureGateway(signal: AbortSignal | undefined): Promise<Target[]> {
    const address = hasRoom ? await gateway() : undefined;
    return address === undefined ? [] : [{ name: GATEWAY, ...(await probe(address, USUAL_DOORS, signal)) }];
  }

  return async function measureLine(signal?: AbortSignal): Promise<LineView> {
    const [quality, own, ...others] = await Promise.all([
      measureHost(main, mainDoors, signal),
      measureGateway(signal),
      ...targets.map(async ({ name, host }) => ({ name, ...(await measureHost(host, USUAL_DOORS, signal)) })),
    ]);
    return { ...quality, targets: [...others, ...own] };
  };
}
export type MeasureLine = ReturnType<typeof createLine>;
