import type { Host } from '../../../protocol/report.ts';
import { readMac } from './hardware-address.ts';
import { includes, type InterfaceAddress, overlap, type Subnet, subnetOfInterface } from './subnet.ts';

/**
 * This machine as one of the hosts of a network: its addresses there, with their hardware
 * addresses. Empty if it has none there but is in the same, larger network; `undefined` if the
 * network is behind a router.
 */
export type OwnHosts = (subnet: Subnet) => Host[] | undefined;

export function createOwnHosts(interfaces: () => Record<string, InterfaceAddress[] | undefined>): OwnHosts {
  return function ownHosts(subnet) {
    const near = Object.values(interfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter((address) => {
        const network = subnetOfInterface(address);
        return network !== undefined && overlap(network, subnet);
      });
    if (near.length === 0) return undefined;
    return near
      .filter(({ address }) => includes(subnet, address))
      .map(({ address, mac }): Host => {
        const own = readMac(mac ?? '');
        return { ip: address, ...(own === undefined ? {} : { mac: own }) };
      });
  };
}
