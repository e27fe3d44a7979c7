import type { Host } from '../../../protocol/report.ts';
import type { Clock } from '../../clock.ts';
import { reasonOf, type TroubleLog } from '../../log.ts';
import type { Inventory, InventoryStore } from './inventory.ts';
import type { Scan } from './scan.ts';
import { formatSubnet, type Subnet, WIDEST_PREFIX } from './subnet.ts';

/** What a report says of the LAN. */
export interface LanView {
  /** Hosts up at the last scan; `null` when there was none lately. */
  devices: number | null;
  /** Those hosts, until a report has taken them along. */
  hosts: Host[];
}

export interface Lan {
  /** Scans if it is time and no scan is under way; resolves when that scan is over. Never rejects. */
  refresh(signal?: AbortSignal): Promise<void>;
  view(): Promise<LanView>;
  /** A report that carried `hosts` is kept: the next ones go without. */
  taken(): Promise<void>;
}

export interface LanDeps {
  /** The network to scan; `undefined` where there is none to be scanned. */
  subnet: () => Promise<Subnet | undefined>;
  scan: Scan;
  store: InventoryStore;
  clock: Clock;
  intervalMs: number;
  deadlineMs: number;
  troubles: TroubleLog;
}

/**
 * The LAN's inventory, with a rhythm and a deadline of its own: a round reads what the last scan
 * found and waits for none. A scan that failed leaves the last count standing until it is two
 * rhythms old; then it is `null`, because by then nobody knows.
 */
export function createLan({ subnet, scan, store, clock, intervalMs, deadlineMs, troubles }: LanDeps): Lan {
  let inventory: Inventory | undefined;
  let loaded = false;
  let underWay: Promise<void> | undefined;

  async function load(): Promise<Inventory | undefined> {
    if (!loaded) inventory = await store.load();
    loaded = true;
    return inventory;
  }

  /** Within the given age; a time that has not come yet is of another clock, and counts for nothing. */
  const isWithin = (atMs: number, ageMs: number): boolean => atMs <= clock.now() && clock.now() - atMs < ageMs;

  async function scanIfDue(signal: AbortSignal | undefined): Promise<void> {
    const before = await load();
    const target = await subnet();
    // Unplugged for a moment, the machine is in no network; what was found stays, and grows old.
    if (target === undefined) return;
    const name = formatSubnet(target);
    const same = before?.subnet === name ? before : undefined;
    if (same !== undefined && isWithin(same.triedAtMs, intervalMs)) return;
    if (target.prefix < WIDEST_PREFIX) {
      inventory = undefined;
      troubles.trouble('scan', `the LAN ${name} is larger than a /${WIDEST_PREFIX} and is not scanned; name a part of it in HARVESTER_SCAN`);
      return;
    }
    const triedAtMs = clock.now();
    const found = await scan(target, deadlineMs, signal);
    if (signal?.aborted) return;
    if (found.ok) {
      inventory = { subnet: name, triedAtMs, foundAtMs: clock.now(), devices: found.value.length, hosts: found.value };
      troubles.settled('scan', `the LAN ${name} is scanned again`);
    } else {
      inventory = { devices: 0, foundAtMs: 0, hosts: [], ...same, subnet: name, triedAtMs };
      troubles.trouble('scan', `the LAN ${name} was not scanned: ${found.errors[0]?.message ?? ''}`);
    }
    await store.save(inventory);
  }

  return {
    refresh(signal) {
      underWay ??= scanIfDue(signal)
        .catch((error: unknown) => troubles.trouble('scan', `the LAN was not scanned: ${reasonOf(error)}`))
        .finally(() => (underWay = undefined));
      return underWay;
    },
    async view() {
      const found = await load();
      if (found === undefined || !isWithin(found.foundAtMs, 2 * intervalMs + deadlineMs)) return { devices: null, hosts: [] };
      return { devices: found.devices, hosts: found.hosts };
    },
    async taken() {
      if (inventory === undefined || inventory.hosts.length === 0) return;
      inventory = { ...inventory, hosts: [] };
      await store.save(inventory);
    },
  };
}

/** For `HARVESTER_SCAN=off`. */
export const NO_LAN: Lan = {
  refresh: () => Promise.resolve(),
  view: () => Promise.resolve({ devices: null, hosts: [] }),
  taken: () => Promise.resolve(),
};
