import { describe, expect, it } from 'vitest';
import type { Host, StoredReport } from '../../protocol/report.ts';
import { createSimulatedDisk, type SimulatedDisk } from '../../test/support/simulated-disk.ts';
import { turn } from '../../test/support/store-rig.ts';
import { createManualClock, type ManualClock } from '../state/manual-clock.ts';
import { createMemoryStore } from '../store/memory-store.ts';
import type { ReportStore } from '../store/report-store.ts';
import { createLanBook, type LanBook } from './lan-book.ts';

const FOLDER = 'data';
const LIMITS = { nodes: 10, hosts: 3 };

const aScan = (node: string, atMs: number, ...hosts: Host[]): StoredReport => ({ node, timestamp: new Date(atMs).toISOString(), receivedAt: atMs, hosts });

async function aDisk(): Promise<SimulatedDisk> {
  const disk = createSimulatedDisk();
  await disk.files.makeFolder(FOLDER);
  return disk;
}

async function opened(disk: SimulatedDisk, store: ReportStore = createMemoryStore(), clock: ManualClock = createManualClock()) {
  const said: string[] = [];
  const book = createLanBook({ files: disk.files, folder: FOLDER, store, now: clock.now, alarm: clock.schedule, say: (_level, message) => said.push(message) });
  await book.open();
  const histories = await store.open();
  book.begin(histories.map(({ newest }) => newest));
  return { book, clock, said };
}

const seen = (book: LanBook, node: string): unknown[] =>
  book.hosts(node).hosts.map(({ host, firstSeenMs, lastSeenMs, isPresent }) => [host.ip, firstSeenMs, lastSeenMs, isPresent]);

describe('LAN book', () => {
  it('knows after a restart what it knew before, also of scans that changed nothing, and of late ones', async () => {
    const disk = await aDisk();
    const store = createMemoryStore();
    await store.append({ node: 'a' }, 1);
    const { book, clock } = await opened(disk, store);
    const now = clock.now();
    for (const [atMs, ...ips] of [[now - 50, '10.0.0.1', '10.0.0.2'], [now - 40, '10.0.0.1', '10.0.0.2'], [now - 30, '10.0.0.2', '10.0.0.3'], [now - 60, '10.0.0.4']] as const) {
      book.see(aScan('a', atMs, ...ips.map((ip) => ({ ip }))));
    }
    const before = seen(book, 'a');
    await book.close();

    const next = await opened(disk, store, clock);

    expect(before).toEqual([
      ['10.0.0.1', now - 50, now - 40, false],
      ['10.0.0.2', now - 50, now - 30, true],
      ['10.0.0.3', now - 30, now - 30, true],
      ['10.0.0.4', now - 60, now - 60, false],
    ]);
    expect(seen(next.book, 'a')).toEqual(before);
    expect(next.book.hosts('a').scannedAtMs).toBe(now - 30);
  });

  it('says of a node that was never scanned that it was not', async () => {
    const { book } = await opened(await aDisk());
    book.see({ node: 'a', timestamp: '2026-11-22T08:00:00.000Z', receivedAt: 1 });

    expect(book.hosts('a')).toEqual({ scannedAtMs: null, hosts: [] });
  });

  it('reads the reports that are kept where there is no file, or it was never finished', async () => {
    const clock = createManualClock();
    const store = createMemoryStore();
    for (const [ms, ip] of [[-300, '10.0.0.1'], [-200, '10.0.0.2'], [-100, '10.0.0.1']] as const) {
      const atMs = clock.now() + ms;
      await store.append({ node: 'a', timestamp: new Date(atMs).toISOString(), hosts: [{ ip }] }, atMs);
    }
    await store.append({ node: 'a', timestamp: new Date(clock.now()).toISOString() }, clock.now());
    const disk = await aDisk();

    for (const run of ['without a file', 'with one that is not finished', 'with one that is']) {
      const { book } = await opened(disk, store, clock);
      for (let turns = 0; turns < 40; turns++) await turn();
      expect(seen(book, 'a'), run).toEqual([
        ['10.0.0.1', clock.now() - 300, clock.now() - 100, true],
        ['10.0.0.2', clock.now() - 200, clock.now() - 200, false],
      ]);
      await book.close();
      if (run !== 'without a file') continue;
      const whole = disk.text('data/inventory.log') ?? '';
      expect(whole).toContain('{"complete":true}');
      disk.put('data/inventory.log', `${whole.split('\n')[0] ?? ''}\n`);
    }
  });

  it('forgets a node for good, on the disk too', async () => {
    const disk = await aDisk();
    const { book, clock } = await opened(disk);
    book.see(aScan('a', clock.now(), { ip: '10.0.0.1', name: 'secret' }));
    book.see(aScan('b', clock.now(), { ip: '10.0.0.2' }));
    await book.purge();
    expect(disk.text('data/inventory.log')).toContain('secret');

    book.forget('a');
    await book.purge();

    expect(disk.text('data/inventory.log')).not.toContain('secret');
    expect(book.hosts('a').hosts).toEqual([]);
    expect(await book.find('10.0.0', LIMITS)).toEqual([{ node: 'b', hosts: [{ ip: '10.0.0.2' }] }]);
  });

  it('lets go at the start of nodes that are gone', async () => {
    const disk = await aDisk();
    const { book, clock } = await opened(disk);
    book.see(aScan('a', clock.now(), { ip: '10.0.0.1' }));
    await book.close();

    const next = await opened(disk);

    expect(next.book.hosts('a').hosts).toEqual([]);
  });

  describe('search', () => {
    async function aBook(): Promise<{ book: LanBook; now: number }> {
      const { book, clock } = await opened(await aDisk());
      const now = clock.now();
      book.see(aScan('lyon', now, { ip: '10.0.0.1', mac: 'AA:BB:CC:00:00:01', vendor: 'Société Générale', name: 'Réception' }, { ip: '10.0.0.2', name: 'nas' }));
      book.see(aScan('lille', now - 1, { ip: '10.0.0.9', name: 'gone-printer' }));
      book.see(aScan('lille', now, ...Array.from({ length: 6 }, (_, n) => ({ ip: `192.168.1.${n}`, name: `till-${n}` }))));
      return { book, now };
    }
    const find = async (book: LanBook, query: string): Promise<string[]> =>
      (await book.find(query, LIMITS)).map(({ node, hosts }) => `${node}: ${hosts.map(({ ip }) => ip).join(' ')}`);

    it('finds hosts by address, MAC, vendor and name, whatever the case and the accents', async () => {
      const { book } = await aBook();
      for (const query of ['reception', 'RÉCEPTION', 'societe', 'aa:bb:cc', '10.0.0.1', 'gene  recep']) {
        expect(await find(book, query), query).toEqual(['lyon: 10.0.0.1']);
      }
    });

    it('wants all words in one host', async () => {
      const { book } = await aBook();
      expect(await find(book, 'reception nas')).toEqual([]);
    });

    it('finds what the last scan found, and no more', async () => {
      const { book, now } = await aBook();
      expect(await find(book, 'printer')).toEqual([]);
      book.see(aScan('lyon', now + 1, { ip: '10.0.0.2', name: 'printer' }));
      expect(await find(book, 'printer')).toEqual(['lyon: 10.0.0.2']);
      expect(await find(book, 'nas')).toEqual([]);
    });

    it('gives the first hosts of each node, and so many nodes at most', async () => {
      const { book } = await aBook();
      expect(await find(book, 'till')).toEqual(['lille: 192.168.1.0 192.168.1.1 192.168.1.2']);
      expect(await book.find('1', { nodes: 1, hosts: 1 })).toHaveLength(1);
    });
  });
});
