import { createSocket } from 'node:dgram';

/** Discard: no packet is sent, but a port must be named. */
const PORT = 9;

/**
 * The address this machine uses towards `address`, as its routing table says: that of a UDP
 * socket connected there. Nothing is sent. `undefined` where there is no way to it.
 */
export function ownAddressTowards(address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(isOfIpv6(address) ? 'udp6' : 'udp4');
    const finish = (own: string | undefined): void => {
      socket.removeAllListeners();
      socket.on('error', () => undefined);
      socket.close();
      // A link-local address comes with its interface (`fe80::1%eth0`), which is not part of it.
      resolve(own?.split('%')[0]);
    };
    socket.once('error', () => finish(undefined));
    socket.once('connect', () => finish(socket.address().address));
    socket.connect(PORT, address);
  });
}

/** An address nobody has (RFC 5737): the way to it is the way out. */
const OUTSIDE = '203.0.113.1';

/**
 * The address of the interface that looks at the site's network, even where the Nester is on
 * this very machine.
 */
export async function siteAddress(towardsNester: string | undefined): Promise<string | undefined> {
  const isLoopback = towardsNester === undefined || towardsNester === '::1' || towardsNester.startsWith('127.');
  return isLoopback || isOfIpv6(towardsNester) ? ownAddressTowards(OUTSIDE) : towardsNester;
}

/** Of an address, which it is sure to be: to ask `isIPv6` costs the start of a run ten milliseconds. */
const isOfIpv6 = (address: string): boolean => address.includes(':');
