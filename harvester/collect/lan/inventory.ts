import type { Host } from '../../../protocol/report.ts';

/** What the last scan of the LAN found. Kept in the state folder, so that runs share it. */
export interface Inventory {
  /** The network scanned, `192.168.1.0/24`. */
  subnet: string;
  /** When the last scan was tried, epoch ms. */
  triedAtMs: number;
  /** When the last scan succeeded, epoch ms; 0 for never. */
  foundAtMs: number;
  /** Hosts that were up. */
  devices: number;
  /** The first of them; empty once a report has taken them along. */
  hosts: Host[];
}

/** Where an inventory is kept between runs. Neither call rejects: it is only a cache. */
export interface InventoryStore {
  load(): Promise<Inventory | undefined>;
  save(inventory: Inventory): Promise<void>;
}

/** What a file may hold is checked: it may be old, cut off or another program's. */
export function decodeInventory(text: string): Inventory | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { subnet, triedAtMs, foundAtMs, devices, hosts } = value as Record<string, unknown>;
  const isCount = (count: unknown): count is number => Number.isSafeInteger(count) && Number(count) >= 0;
  if (typeof subnet !== 'string' || !isCount(triedAtMs) || !isCount(foundAtMs) || !isCount(devices)) return undefined;
  if (!Array.isArray(hosts) || !hosts.every(isHost)) return undefined;
  return { subnet, triedAtMs, foundAtMs, devices, hosts };
}

function isHost(value: unknown): value is Host {
  if (typeof value !== 'object' || value === null) return false;
  const { ip, mac, vendor, name, ports } = value as Record<string, unknown>;
  const isText = (text: unknown): boolean => text === undefined || typeof text === 'string';
  const isPorts = ports === undefined || (Array.isArray(ports) && ports.every(Number.isInteger));
  return typeof ip === 'string' && [mac, vendor, name].every(isText) && isPorts;
}
