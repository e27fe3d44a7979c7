import type { Clock } from '../../clock.ts';
import type { TroubleLog } from '../../log.ts';
import type { RunChild } from '../child.ts';
import { createNodeSystemFiles } from '../machine/node-system-files.ts';
import { siteAddress } from '../own-address.ts';
import { createTcpConnect } from '../tcp-connect.ts';
import { createDisguisedLan } from './disguise.ts';
import { createFullScan } from './full-scan.ts';
import { createInventoryFile } from './inventory-file.ts';
import { createKnock } from './knock.ts';
import { createLan, type Lan } from './lan.ts';
import { createAddNames } from './names.ts';
import { createArpNeighbours, createProcNeighbours } from './neighbours.ts';
import { createNmapScan } from './nmap.ts';
import { createOwnHosts } from './own-hosts.ts';
import { createAddPorts } from './ports.ts';
import { createSaltFile } from './salt-file.ts';
import { type InterfaceAddress, type Subnet, subnetOf } from './subnet.ts';
import { createSweep } from './sweep.ts';

export interface SiteLanDeps {
  /** What to scan; `auto`: the network that the way to the Nester leads through. */
  scan: 'auto' | Subnet;
  ports: readonly number[];
  privacy: 'off' | 'hash';
  intervalMs: number;
  deadlineMs: number;
  stateDir: string;
  /** Whether the state folder may be changed. */
  leavesTrace: boolean;
  run: RunChild;
  /** The address this machine uses towards the Nester. */
  ownAddress: () => Promise<string | undefined>;
  reverse: (ip: string) => Promise<string[]>;
  interfaces: () => Record<string, InterfaceAddress[] | undefined>;
  platform: string;
  pid: number;
  clock: Clock;
  troubles: TroubleLog;
}

/** The parts that know the site's LAN, put together for this machine. */
export function createSiteLan(deps: SiteLanDeps): Lan {
  const { clock, intervalMs, deadlineMs, interfaces, leavesTrace, platform, ports, run, scan, stateDir, troubles } = deps;
  const unique = String(deps.pid);

  async function ownSubnet(): Promise<Subnet | undefined> {
    const address = await siteAddress(await deps.ownAddress());
    const found = address === undefined ? undefined : subnetOf(address, interfaces());
    // A network of one or two addresses is a tunnel, not a LAN.
    return found !== undefined && found.prefix <= 30 ? found : undefined;
  }

  const hasProc = platform === 'linux' || platform === 'android';
  const neighbours = hasProc ? createProcNeighbours(createNodeSystemFiles()) : createArpNeighbours(run, platform);
  const ownHosts = createOwnHosts(interfaces);
  const file = createInventoryFile(stateDir, unique);
  const lan = createLan({
    subnet: scan === 'auto' ? ownSubnet : () => Promise.resolve(scan),
    scan: createFullScan({
      nmap: createNmapScan(run),
      sweep: createSweep({ neighbours, knock: createKnock(clock), ownHosts, clock, troubles }),
      neighbours,
      ownHosts,
      addNames: createAddNames({ reverse: deps.reverse, clock }),
      addPorts: ports.length === 0 ? undefined : createAddPorts({ ports, connect: createTcpConnect(clock), clock }),
      clock,
    }),
    store: leavesTrace ? file : { ...file, save: () => Promise.resolve() },
    clock,
    intervalMs,
    deadlineMs,
    troubles,
  });
  return deps.privacy === 'off' ? lan : createDisguisedLan(lan, createSaltFile({ folder: stateDir, unique, mayCreate: leavesTrace, troubles }));
}
