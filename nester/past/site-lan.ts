import { crc32 } from 'node:zlib';
import type { Host } from '../../protocol/report.ts';
import { DAY_MS } from './daily-sums.ts';

/**
 * The hosts of a site's LAN, as its scans found them. A plain record without functions of its
 * own: there may be ten thousand of them, with thirty hosts each.
 */
export interface SiteLan {
  /** When the last scan was made, epoch ms; `-Infinity`: there was none. */
  scannedAtMs: number;
  /** Each host as JSON, as the last scan that found it described it. */
  texts: string[];
  /** When each was seen first and last, two numbers a host. One seen last at `scannedAtMs` is there now. */
  times: Float64Array;
  /** What the last scan found, as CRC-32 and length of its JSON, or 0: a scan that found the same is known by it. */
  lastScan: number;
}

/** A host, and when it was seen, epoch ms. */
export interface SeenHost {
  host: Host;
  firstSeenMs: number;
  lastSeenMs: number;
  /** The last scan found it. */
  isPresent: boolean;
}

/** How long a host is remembered that no scan finds any more. */
export const REMEMBERED_MS = 30 * DAY_MS;

/** Hosts of one LAN. Telephones that make up a new MAC address every day must not fill the memory. */
const MOST_HOSTS = 4_096;

/** What a scan changed, for those who know what was before. */
export interface LanChange {
  /** Hosts that the scan before did not find, or described otherwise. */
  hosts: Host[];
  /** Identities of those that were there before and are not now. */
  gone: string[];
}

export function createSiteLan(): SiteLan {
  return { scannedAtMs: -Infinity, texts: [], times: new Float64Array(0), lastScan: 0 };
}

/** What a host is known by: its MAC address, which stays when the address changes; else its address. */
export function hostIdentity({ mac, ip }: Pick<Host, 'mac' | 'ip'>): string {
  return mac?.toLowerCase() ?? ip;
}

/**
 * Takes the hosts that a scan found. Scans may come in any order, and more than once: the result
 * is the same. Returns what changed if it was the newest.
 */
export function takeScan(lan: SiteLan, atMs: number, found: readonly Host[], nowMs: number): LanChange | undefined {
  const isNewest = atMs > lan.scannedAtMs;
  if (isNewest) {
    const scan = printOf(found);
    if (scan === lan.lastScan) return seeAgain(lan, atMs);
    lan.lastScan = scan;
  }
  const places = new Map(lan.texts.map((text, place) => [hostIdentity(hostOf(text)), place]));
  const times = [...lan.times];
  const wasPresent = new Set([...places].filter(([, place]) => times[2 * place + 1] === lan.scannedAtMs).map(([identity]) => identity));
  const hosts: Host[] = [];
  const seen = new Set<string>();
  for (const host of found) {
    const identity = hostIdentity(host);
    // One machine with several addresses counts once.
    if (seen.has(identity)) continue;
    seen.add(identity);
    const place = places.get(identity);
    const text = JSON.stringify(host);
    if (place === undefined) {
      places.set(identity, lan.texts.length);
      lan.texts.push(text);
      times.push(atMs, atMs);
      hosts.push(host);
      continue;
    }
    times[2 * place] = Math.min(times[2 * place] ?? atMs, atMs);
    if (atMs < (times[2 * place + 1] ?? 0)) continue;
    times[2 * place + 1] = atMs;
    if (lan.texts[place] === text && wasPresent.has(identity)) continue;
    lan.texts[place] = text;
    hosts.push(host);
  }
  lan.scannedAtMs = Math.max(lan.scannedAtMs, atMs);
  lan.times = Float64Array.from(times);
  forgetOld(lan, nowMs);
  return isNewest ? { hosts, gone: [...wasPresent].filter((identity) => !seen.has(identity)) } : undefined;
}

/** All that the last scan found were found again, as they were. */
function seeAgain(lan: SiteLan, atMs: number): LanChange {
  for (let place = 0; place < lan.texts.length; place++) {
    if (lan.times[2 * place + 1] === lan.scannedAtMs) lan.times[2 * place + 1] = atMs;
  }
  lan.scannedAtMs = atMs;
  return { hosts: [], gone: [] };
}

function printOf(found: readonly Host[]): number {
  const json = JSON.stringify(found);
  return crc32(json) * 2 ** 20 + (json.length % 2 ** 20);
}

/** Takes a change that `takeScan` returned once; what it does not name was found again as it was. */
export function takeChange(lan: SiteLan, atMs: number, { hosts, gone }: LanChange, nowMs: number): void {
  const missing = new Set(gone);
  const changed = new Map(hosts.map((host) => [hostIdentity(host), host]));
  const found = hostsOf(lan)
    .filter(({ host, isPresent }) => isPresent && !missing.has(hostIdentity(host)) && !changed.has(hostIdentity(host)))
    .map(({ host }) => host);
  takeScan(lan, atMs, [...found, ...hosts], nowMs);
}

export function hostsOf({ texts, times, scannedAtMs }: SiteLan): SeenHost[] {
  return texts.map((text, place) => {
    const lastSeenMs = times[2 * place + 1] ?? 0;
    return { host: hostOf(text), firstSeenMs: times[2 * place] ?? 0, lastSeenMs, isPresent: lastSeenMs === scannedAtMs };
  });
}

/** Lets go of hosts not seen for long; those of the last scan stay, however long ago it was. */
export function forgetOld(lan: SiteLan, nowMs: number): void {
  const last = (place: number): number => lan.times[2 * place + 1] ?? 0;
  let kept = lan.texts.map((_, place) => place).filter((place) => last(place) === lan.scannedAtMs || last(place) >= nowMs - REMEMBERED_MS);
  if (kept.length > MOST_HOSTS) {
    kept = kept.sort((a, b) => last(b) - last(a)).slice(0, MOST_HOSTS).sort((a, b) => a - b);
  }
  if (kept.length === lan.texts.length) return;
  lan.times = Float64Array.from(kept.flatMap((place) => [lan.times[2 * place] ?? 0, last(place)]));
  lan.texts = kept.flatMap((place) => lan.texts[place] ?? []);
}

function hostOf(text: string): Host {
  // Written by `takeScan`.
  return JSON.parse(text) as Host;
}
