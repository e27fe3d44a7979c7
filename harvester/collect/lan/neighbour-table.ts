import { isIPv4 } from 'node:net';
import { readMac } from './hardware-address.ts';

/** Hosts that this machine has talked to on its own networks: IPv4 address -> hardware address. */
export type NeighbourTable = ReadonlyMap<string, string>;

/** More than any network that is looked through has, and what keeps a hostile table small. */
const MOST = 65_536;
/** The kernel has an answer from this host. */
const COMPLETE = 0x2;

/** From /proc/net/arp: address, type, flags, hardware address, mask, interface. */
export function readProcArp(text: string): NeighbourTable {
  return tableOf(
    text.split('\n').map((line) => {
      const [ip, , flags = '', mac] = line.trim().split(/\s+/);
      return (Number.parseInt(flags, 16) & COMPLETE) === 0 ? [] : [ip, mac];
    }),
  );
}

/**
 * From what `arp -a` printed, on macOS and Windows, in any language: a line that has one IPv4
 * address and then a hardware address. What is around them (host names, `at`, `dynamique`,
 * headings, interfaces) says nothing.
 */
export function readArpOutput(text: string): NeighbourTable {
  return tableOf(
    text.split('\n').map((line) => {
      const words = line.trim().split(/\s+/).map((word) => word.replace(/^\((.*)\)$/, '$1'));
      const at = words.findIndex((word) => isIPv4(word));
      return at === -1 ? [] : [words[at], words.slice(at + 1).find((word) => readMac(word) !== undefined)];
    }),
  );
}

/** The first of an address counts. */
function tableOf(rows: readonly (readonly (string | undefined)[])[]): NeighbourTable {
  const table = new Map<string, string>();
  for (const [ip = '', text = ''] of rows) {
    const mac = readMac(text);
    if (table.size < MOST && mac !== undefined && isIPv4(ip) && !table.has(ip)) table.set(ip, mac);
  }
  return table;
}
