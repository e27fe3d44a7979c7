import { createNetwork, type Machine } from './network.ts';
import { type Slowness, slowDown } from './slow-line.ts';

/**
 * A site, the way from it, and a machine for Nester at the end:
 *
 *     harvester, host-1 .. host-8 -- bridge of the router -- provider ~~ slow ~~ nester
 *
 * What goes to Nester is slow and lossy; what comes back is not.
 */
export interface SiteNetwork extends AsyncDisposable {
  harvester: Machine;
  nester: Machine;
  hosts: readonly Machine[];
  /** Hardware addresses of the LAN, by address: what a scan should find out. */
  hardwareAddresses(): Map<string, string>;
  /** Every address that answers on the LAN: the harvester's, the router's, the hosts'. Sorted. */
  lanAddresses: readonly string[];
  /** More addresses of Nester's machine: each is another line to measure, over the same way. */
  moreAddresses: readonly string[];
  /** Echo requests that Nester's machine has received so far. */
  echoRequests(): number;
  /** The provider's end of the site's cable goes dead. */
  cut(): void;
  mend(): void;
}

export const ADDRESSES = { router: '10.20.0.1', harvester: '10.20.0.2', provider: '10.30.0.1', nester: '10.40.0.2' };
const HOSTS = 8;
const MORE_ADDRESSES = Array.from({ length: 12 }, (_, at) => `10.40.1.${at + 1}`);

export async function buildSiteNetwork(slowness: Slowness): Promise<SiteNetwork> {
  const network = createNetwork();
  try {
    const [router, provider, nester] = [network.add('router'), network.add('provider'), network.add('nester')];
    const lanAddresses = [ADDRESSES.router];
    const interfaces = new Map<string, [Machine, string]>([[ADDRESSES.router, [router, 'lan']]]);
    router.ip('link', 'add', 'lan', 'type', 'bridge');
    router.ip('address', 'add', `${ADDRESSES.router}/24`, 'dev', 'lan');
    router.ip('link', 'set', 'lan', 'up');

    function addHost(name: string, address: string): Machine {
      const host = network.add(name);
      network.connect([host, 'eth0'], [router, name]);
      router.ip('link', 'set', name, 'master', 'lan');
      host.ip('address', 'add', `${address}/24`, 'dev', 'eth0');
      host.ip('route', 'add', 'default', 'via', ADDRESSES.router);
      lanAddresses.push(address);
      interfaces.set(address, [host, 'eth0']);
      return host;
    }
    const harvester = addHost('harvester', ADDRESSES.harvester);
    // Apart from one another, as on a LAN that has grown.
    const hosts = Array.from({ length: HOSTS }, (_, at) => addHost(`host-${at + 1}`, `10.20.0.${(at + 1) * 30}`));

    network.connect([router, 'wan'], [provider, 'site']);
    network.connect([provider, 'core'], [nester, 'eth0']);
    router.ip('address', 'add', '10.30.0.2/30', 'dev', 'wan');
    router.ip('route', 'add', 'default', 'via', ADDRESSES.provider);
    provider.ip('address', 'add', `${ADDRESSES.provider}/30`, 'dev', 'site');
    provider.ip('address', 'add', '10.40.0.1/30', 'dev', 'core');
    nester.ip('address', 'add', `${ADDRESSES.nester}/30`, 'dev', 'eth0');
    nester.ip('route', 'add', 'default', 'via', '10.40.0.1');
    for (const address of MORE_ADDRESSES) nester.ip('address', 'add', `${address}/32`, 'dev', 'eth0');
    provider.ip('route', 'add', '10.40.1.0/24', 'via', ADDRESSES.nester);
    for (const between of [router, provider]) between.run('sysctl', '-qw', 'net.ipv4.ip_forward=1');

    const routeToSite = (): string => provider.ip('route', 'replace', '10.20.0.0/24', 'via', '10.30.0.2', 'dev', 'site');
    routeToSite();
    await slowDown(provider, 'site', 'core', slowness);

    return {
      harvester,
      nester,
      hosts,
      lanAddresses: lanAddresses.toSorted(),
      hardwareAddresses: () =>
        new Map([...interfaces].map(([address, [machine, name]]) => [address, machine.run('cat', `/sys/class/net/${name}/address`).trim()])),
      moreAddresses: MORE_ADDRESSES,
      echoRequests: () => readCounter(nester.run('cat', '/proc/net/snmp'), 'Icmp', 'InEchos'),
      cut: () => void provider.ip('link', 'set', 'site', 'down'),
      mend() {
        provider.ip('link', 'set', 'site', 'up');
        // Routes over a link go with it.
        routeToSite();
      },
      [Symbol.asyncDispose]: () => network[Symbol.asyncDispose](),
    };
  } catch (error) {
    await network[Symbol.asyncDispose]();
    throw error;
  }
}

/** From a table of the kernel: for each protocol a line of names, and a line of values below it. */
function readCounter(table: string, protocol: string, name: string): number {
  const [names, values] = table
    .split('\n')
    .filter((line) => line.startsWith(`${protocol}:`))
    .map((line) => line.split(' '));
  const value = Number(values?.[names?.indexOf(name) ?? -1]);
  if (!Number.isInteger(value)) throw new Error(`no counter ${protocol} ${name} in:\n${table}`);
  return value;
}
