import type { Ping, Pinged } from './ping.ts';

/**
 * One measurement for all names of an address: a site whose Nester runs on its gateway asks
 * the same host twice in a round, and the second `ping` would only load the line and the machine.
 * Who asks while one is under way gets its result, and lets the first asker's signal end it.
 */
export function shareWhileUnderWay(ping: Ping): Ping {
  const underWay = new Map<string, Promise<Pinged>>();
  return function sharedPing(address, signal) {
    const running = underWay.get(address);
    if (running !== undefined) return running;
    const started = ping(address, signal).finally(() => underWay.delete(address));
    underWay.set(address, started);
    return started;
  };
}
