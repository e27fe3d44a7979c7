import type { Host } from '../../../protocol/report.ts';
import type { Clock } from '../../clock.ts';
import type { AddNames } from './names.ts';
import type { Neighbours } from './neighbours.ts';
import type { NmapScan } from './nmap.ts';
import type { OwnHosts } from './own-hosts.ts';
import type { AddPorts } from './ports.ts';
import type { Scan } from './scan.ts';

export interface FullScanDeps {
  nmap: NmapScan;
  /** For where there is no nmap. */
  sweep: Scan;
  neighbours: Neighbours;
  ownHosts: OwnHosts;
  addNames: AddNames;
  /** `undefined`: no ports are to be tried. */
  addPorts: AddPorts | undefined;
  clock: Clock;
}

/**
 * Finds the hosts, then completes what is known of each: hardware addresses that nmap could not
 * see (it is not root; nor does it tell this machine's own), names, ports. The deadline is that
 * of all of it; what it leaves no time for is left out.
 */
export function createFullScan({ nmap, sweep, neighbours, ownHosts, addNames, addPorts, clock }: FullScanDeps): Scan {
  return async function scan(subnet, deadlineMs, signal) {
    const until = clock.monotonic() + deadlineMs;
    const byNmap = await nmap(subnet, deadlineMs, signal);
    const found = byNmap.ok === 'missing' ? await sweep(subnet, deadlineMs, signal) : byNmap;
    if (!found.ok || signal?.aborted) return found;

    const hosts = await addNames(await withMacs(found.value, signal), signal);
    return { ok: true, value: (await addPorts?.(hosts, until - clock.monotonic(), signal)) ?? hosts };

    async function withMacs(bare: readonly Host[], stop: AbortSignal | undefined): Promise<readonly Host[]> {
      if (bare.every(({ mac }) => mac !== undefined)) return bare;
      const table = await neighbours(stop);
      const known = new Map(table.ok ? table.value : []);
      for (const { ip, mac } of ownHosts(subnet) ?? []) if (mac !== undefined) known.set(ip, mac);
      return bare.map((host) => {
        const mac = host.mac ?? known.get(host.ip);
        return mac === undefined ? host : { ...host, mac };
      });
    }
  };
}
