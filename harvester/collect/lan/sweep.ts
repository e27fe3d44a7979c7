import { refused } from '../../../protocol/decoded.ts';
import { type Clock, delay } from '../../clock.ts';
import type { TroubleLog } from '../../log.ts';
import type { Knock } from './knock.ts';
import type { Neighbours } from './neighbours.ts';
import type { OwnHosts } from './own-hosts.ts';
import type { Scan } from './scan.ts';
import { addressesOf, formatSubnet, includes, numberOf, subnetAround, type Subnet } from './subnet.ts';

export interface SweepDeps {
  neighbours: Neighbours;
  knock: Knock;
  ownHosts: OwnHosts;
  clock: Clock;
  troubles: TroubleLog;
}

/** No more than the 254 hosts of a /24 are knocked at. */
const WIDEST_SWEEP = 24;
/**
 * From the last knock, until the table is right: Linux believes an old entry for 5 s, then asks
 * three more times, a second apart (`delay_first_probe_time`, `ucast_solicit`, `retrans_time`).
 */
const SETTLE_MS = 10_000;

/**
 * Finds the hosts of an own network without nmap: knocks at each address, then reads who is in
 * the neighbour table. Of a network larger than a /24, the part around this machine is knocked
 * at, and the rest is what the table knows.
 */
export function createSweep({ neighbours, knock, ownHosts, clock, troubles }: SweepDeps): Scan {
  return async function sweep(subnet, deadlineMs, signal) {
    const until = clock.monotonic() + deadlineMs;
    const own = ownHosts(subnet);
    if (own === undefined) return refused('without nmap only networks that this machine is in can be looked through; install nmap (Debian, Ubuntu: apt install nmap)');
    const swept = sweptPart(subnet, own[0]?.ip);
    if (swept.prefix > subnet.prefix) {
      troubles.notice('sweep', `without nmap, of the LAN ${formatSubnet(subnet)} only ${formatSubnet(swept)} is looked through`);
    }
    const addresses = addressesOf(swept).filter((address) => !own.some(({ ip }) => ip === address));
    if (addresses.length > 0) {
      await knock(addresses, signal);
      await delay(clock, Math.max(0, Math.min(SETTLE_MS, until - clock.monotonic())), signal);
    }
    const table = await neighbours(signal);
    if (!table.ok) return table;
    const others = [...table.value].filter(([ip]) => includes(subnet, ip) && !own.some((host) => host.ip === ip));
    return { ok: true, value: [...own, ...others.map(([ip, mac]) => ({ ip, mac }))].toSorted((a, b) => numberOf(a.ip) - numberOf(b.ip)) };
  };
}

function sweptPart(subnet: Subnet, ownAddress: string | undefined): Subnet {
  return subnet.prefix >= WIDEST_SWEEP ? subnet : subnetAround(ownAddress ?? subnet.address, WIDEST_SWEEP);
}
