import path from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import type { Host, StoredReport } from '../../protocol/report.ts';
import type { Alarm } from '../state/alarm.ts';
import type { FilePort } from '../store/file-port.ts';
import type { ReportStore } from '../store/report-store.ts';
import { createLanSearch, type HostMatch } from './lan-search.ts';
import { createLineFile } from './line-file.ts';
import { createSiteLan, forgetOld, hostsOf, type LanChange, type SeenHost, type SiteLan, takeChange, takeScan } from './site-lan.ts';

export interface LanBookDeps {
  files: FilePort;
  /** The data folder; it is there when `open` is called. */
  folder: string;
  store: Pick<ReportStore, 'select'>;
  /** Epoch ms. */
  now: () => number;
  alarm: Alarm;
  say: (level: 'warn' | 'error', message: string) => void;
}

/** Name of the file in the data folder. */
export const INVENTORY_FILE = 'inventory.log';
const HEADER = '{"file":"Nester: hosts of the LANs","version":1}';

/**
 * The hosts of every site's LAN, with when each was seen first and last; kept in a file of its
 * own, behind what is known. Where the file is missing, or was never finished, what the reports
 * that are kept tell is read again in the background.
 */
export interface LanBook {
  open(): Promise<void>;
  /** After `open`: what the newest report of each node says, and the names of all nodes there are. */
  begin(newest: readonly StoredReport[]): void;
  /** Takes the hosts of a report, if it has any. */
  see(report: StoredReport): void;
  forget(node: string): void;
  /** Hosts seen in the last 30 days, and those of the last scan. */
  hosts(node: string): { scannedAtMs: number | null; hosts: SeenHost[] };
  find(query: string, limits: { nodes: number; hosts: number }): Promise<HostMatch[]>;
  /** Resolves when what was forgotten is gone from the disk, too. */
  purge(): Promise<void>;
  close(): Promise<void>;
}

/**
 * A line of the file: a scan (`hosts` and `gone` are what changed), one that came late (`hosts`
 * are all it found), a site with everything known of it, or that all reports have been read.
 */
interface Line {
  node?: string;
  at?: number;
  hosts?: Host[];
  gone?: string[];
  late?: true;
  /** JSON of each host, with when it was seen first and last. */
  seen?: [Host, number, number][];
  forget?: string;
  complete?: true;
}

const HOSTS_MARK = Buffer.from('"hosts":[');

export function createLanBook({ files, folder, store, now, alarm, say }: LanBookDeps): LanBook {
  const lans = new Map<string, SiteLan>();
  const search = createLanSearch();
  let isComplete = false;
  let isClosed = false;
  let rereading: Promise<void> | undefined;
  const file = createLineFile({
    files,
    file: path.join(folder, INVENTORY_FILE),
    header: HEADER,
    *everything() {
      for (const [node, lan] of lans) if (lan.scannedAtMs !== -Infinity) yield siteText(node, lan);
      if (isComplete) yield JSON.stringify({ complete: true } satisfies Line);
    },
    now,
    later: alarm,
    say,
  });

  function lanOf(node: string): SiteLan {
    let lan = lans.get(node);
    if (!lan) lans.set(node, (lan = createSiteLan()));
    return lan;
  }

  function take(json: string): void {
    // Written here, and its CRC was checked.
    const { node, at, hosts = [], gone = [], late, seen, forget, complete } = JSON.parse(json) as Line;
    if (complete) isComplete = true;
    else if (forget !== undefined) lans.delete(forget);
    else if (node === undefined || at === undefined) return;
    else if (seen) lans.set(node, siteFrom(at, seen));
    else if (late) takeScan(lanOf(node), at, hosts, now());
    // A site written after the scan was made has it already.
    else if (at > lanOf(node).scannedAtMs) takeChange(lanOf(node), at, { hosts, gone }, now());
  }

  function see({ node, timestamp, hosts }: StoredReport): void {
    if (!hosts) return;
    const at = Date.parse(timestamp);
    const lan = lanOf(node);
    if (at === lan.scannedAtMs) return;
    const change = takeScan(lan, at, hosts, now());
    file.append(JSON.stringify(change ? lineOf(node, at, change) : ({ node, at, hosts, late: true } satisfies Line)));
  }

  function forget(node: string): void {
    if (!lans.delete(node)) return;
    file.append(JSON.stringify({ forget: node } satisfies Line));
    // What was noted of it goes from the disk, too.
    void file.rewrite();
  }

  /** Reads all reports kept for their hosts; order and repetition do not matter. */
  async function reread(): Promise<void> {
    try {
      for await (const batch of store.select({}).batches()) {
        if (isClosed) return;
        await breathe();
        for (const bytes of batch) {
          const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
          if (text.includes(HOSTS_MARK)) readHosts(JSON.parse(text.toString()) as StoredReport);
        }
      }
      isComplete = true;
      await file.rewrite();
    } catch (error) {
      say('error', `the hosts in the reports kept could not be read: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  function readHosts({ node, timestamp, hosts }: StoredReport): void {
    // A node that was forgotten while we read has no more LAN.
    if (hosts && lans.has(node)) takeScan(lanOf(node), Date.parse(timestamp), hosts, now());
  }

  return {
    open: () => file.open(take),
    begin(newest) {
      const names = new Set(newest.map(({ node }) => node));
      for (const node of [...lans.keys()]) if (!names.has(node)) forget(node);
      for (const report of newest) see(report);
      // Without reports there is nothing to read.
      if (names.size === 0) isComplete = true;
      if (isComplete) return;
      for (const node of names) lanOf(node);
      rereading = reread();
    },
    see,
    forget,
    hosts(node) {
      const lan = lans.get(node);
      if (!lan || lan.scannedAtMs === -Infinity) return { scannedAtMs: null, hosts: [] };
      forgetOld(lan, now());
      return { scannedAtMs: lan.scannedAtMs, hosts: hostsOf(lan) };
    },
    find: (query, limits) => search.find(lans, query, limits),
    purge: () => file.flush(),
    async close() {
      isClosed = true;
      await rereading;
      await file.close();
    },
  };
}

/** Short for what is common: nothing changed. */
function lineOf(node: string, at: number, { hosts, gone }: LanChange): Line {
  return { node, at, ...(hosts.length > 0 ? { hosts } : {}), ...(gone.length > 0 ? { gone } : {}) };
}

function siteText(node: string, lan: SiteLan): string {
  const seen = hostsOf(lan).map(({ host, firstSeenMs, lastSeenMs }): [Host, number, number] => [host, firstSeenMs, lastSeenMs]);
  return JSON.stringify({ node, at: lan.scannedAtMs, seen } satisfies Line);
}

function siteFrom(scannedAtMs: number, seen: readonly [Host, number, number][]): SiteLan {
  return {
    scannedAtMs,
    texts: seen.map(([host]) => JSON.stringify(host)),
    times: Float64Array.from(seen.flatMap(([, first, last]) => [first, last])),
    lastScan: 0,
  };
}
