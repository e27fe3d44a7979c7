import { beforeEach, describe, expect, it } from 'vitest';
import type { Host } from '../../../protocol/report.ts';
import { createTroubleLog } from '../../log.ts';
import { createManualClock, type ManualClock } from '../../manual-clock.ts';
import { decodeInventory, type Inventory } from './inventory.ts';
import { createLan, type Lan } from './lan.ts';
import type { Scan } from './scan.ts';
import type { Subnet } from './subnet.ts';

const HOSTS: Host[] = [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }];
const INTERVAL_MS = 300_000;
let clock: ManualClock;
let stored: Inventory | undefined;
let scans: string[];
let said: string[];
let subnet: Subnet | undefined;
let found: Awaited<ReturnType<Scan>>;

function aLan(scan: Scan = () => Promise.resolve(found)): Lan {
  const say = (message: string): void => void said.push(message);
  return createLan({
    subnet: () => Promise.resolve(subnet),
    scan(network, deadlineMs, signal) {
      scans.push(network.address);
      return scan(network, deadlineMs, signal);
    },
    store: {
      load: () => Promise.resolve(stored),
      save: (inventory) => {
        // As a file would: nothing is shared with the one who saved it.
        stored = decodeInventory(JSON.stringify(inventory));
        return Promise.resolve();
      },
    },
    clock,
    intervalMs: INTERVAL_MS,
    deadlineMs: 60_000,
    troubles: createTroubleLog({ debug: say, info: say, warn: say, error: say }),
  });
}

beforeEach(() => {
  clock = createManualClock();
  stored = undefined;
  scans = [];
  said = [];
  subnet = { address: '10.0.0.0', prefix: 24 };
  found = { ok: true, value: HOSTS };
});

describe('lan', () => {
  it('tells the hosts until a report took them along, their number with every report', async () => {
    const lan = aLan();
    await lan.refresh();

    expect(await lan.view()).toEqual({ devices: 2, hosts: HOSTS });
    await lan.taken();
    expect(await lan.view()).toEqual({ devices: 2, hosts: [] });
  });

  it('scans in its own rhythm, also across runs', async () => {
    for (let run = 0; run < 11; run++) {
      await aLan().refresh();
      await clock.advance(60_000);
    }

    expect(scans).toHaveLength(3);
  });

  it('does not tell the same hosts again in the next run', async () => {
    const first = aLan();
    await first.refresh();
    await first.taken();

    const second = aLan();
    await second.refresh();

    expect(await second.view()).toEqual({ devices: 2, hosts: [] });
  });

  it('never runs two scans at once, and lets a round read meanwhile', async () => {
    let finish = (): void => undefined;
    const lan = aLan(() => new Promise((resolve) => (finish = () => resolve(found))));
    const first = lan.refresh();
    void lan.refresh();

    await expect.poll(() => scans.length).toBe(1);
    expect(await lan.view()).toEqual({ devices: null, hosts: [] });
    finish();
    await first;

    expect(scans).toHaveLength(1);
    expect((await lan.view()).devices).toBe(2);
  });

  it('knows nothing once the last count is two rhythms old and scans fail', async () => {
    const lan = aLan();
    await lan.refresh();
    found = { ok: false, errors: [{ path: '', message: 'nmap broke' }] };

    await clock.advance(INTERVAL_MS);
    await lan.refresh();
    expect((await lan.view()).devices).toBe(2);

    await clock.advance(INTERVAL_MS + 60_000);
    await lan.refresh();
    expect((await lan.view()).devices).toBeNull();
    expect(said).toEqual(['the LAN 10.0.0.0/24 was not scanned: nmap broke']);
  });

  it('does not scan an own network larger than a /16, and says why', async () => {
    subnet = { address: '10.0.0.0', prefix: 8 };
    const lan = aLan();

    await lan.refresh();

    expect(scans).toEqual([]);
    expect((await lan.view()).devices).toBeNull();
    expect(said.join()).toContain('larger than a /16');
  });

  it('scans anew when the machine is in another network, and forgets the old one', async () => {
    const lan = aLan();
    await lan.refresh();
    subnet = { address: '10.9.0.0', prefix: 24 };
    found = { ok: true, value: [] };

    await lan.refresh();

    expect(scans).toEqual(['10.0.0.0', '10.9.0.0']);
    expect((await lan.view()).devices).toBe(0);
  });

  it('does not scan anew, nor forget, because the machine was unplugged for a moment', async () => {
    const lan = aLan();
    await lan.refresh();
    await lan.taken();
    const before = subnet;

    subnet = undefined;
    await lan.refresh();
    expect(await lan.view()).toEqual({ devices: 2, hosts: [] });
    subnet = before;
    await lan.refresh();

    expect(scans).toHaveLength(1);
  });

  it('trusts no time of the future: after the clock was set back it scans again', async () => {
    const lan = aLan();
    await lan.refresh();
    clock.setWall(clock.now() - 86_400_000);

    expect((await lan.view()).devices).toBeNull();
    await lan.refresh();

    expect((await lan.view()).devices).toBe(2);
  });

  it.each(['', 'null', '[]', '{"subnet":1}', '{"subnet":"a","triedAtMs":1,"foundAtMs":1,"devices":1,"hosts":[{"ip":4}]}', '{"subnet":"a","triedAtMs":1e400}'])(
    'takes no inventory from a file that holds %s',
    (text) => {
      expect(decodeInventory(text)).toBeUndefined();
    },
  );
});
