import { setImmediate as breathe } from 'node:timers/promises';
import type { Host } from '../../protocol/report.ts';
import { hostsOf, type SiteLan } from './site-lan.ts';

/** Sites looked through before everything else gets its turn. */
const AT_ONCE = 50;

export interface HostMatch {
  node: string;
  hosts: Host[];
}

/**
 * Finds sites by the hosts of their last scan. What is searched is made of a site's hosts when
 * it is first looked through, and again when they changed.
 */
export interface LanSearch {
  /** Sites with a host that has all words of the query in its addresses, vendor or name; case and accents do not matter. */
  find(lans: ReadonlyMap<string, SiteLan>, query: string, limits: { nodes: number; hosts: number }): Promise<HostMatch[]>;
}

export function createLanSearch(): LanSearch {
  /** One line a host that is there. Goes with the texts it was made of. */
  const searched = new WeakMap<SiteLan, { scannedAtMs: number; lines: string }>();

  function linesOf(lan: SiteLan): string {
    const known = searched.get(lan);
    if (known?.scannedAtMs === lan.scannedAtMs) return known.lines;
    const lines = presentHosts(lan)
      .map(({ ip, mac, vendor, name }) => folded([ip, mac, vendor, name].filter((text) => text !== undefined).join(' ').replaceAll('\n', ' ')))
      .join('\n');
    searched.set(lan, { scannedAtMs: lan.scannedAtMs, lines });
    return lines;
  }

  return {
    async find(lans, query, limits) {
      const words = folded(query).split(/\s+/).filter((word) => word !== '');
      const found: HostMatch[] = [];
      let looked = 0;
      for (const [node, lan] of lans) {
        if (found.length === limits.nodes) break;
        if (++looked % AT_ONCE === 0) await breathe();
        const lines = linesOf(lan);
        if (!words.every((word) => lines.includes(word))) continue;
        const matching = lines.split('\n').flatMap((line, place) => (words.every((word) => line.includes(word)) ? [place] : []));
        if (matching.length === 0) continue;
        const present = presentHosts(lan);
        const hosts = matching.slice(0, limits.hosts).flatMap((place) => present[place] ?? []);
        found.push({ node, hosts });
      }
      return found;
    },
  };
}

function presentHosts(lan: SiteLan): Host[] {
  return hostsOf(lan).flatMap(({ host, isPresent }) => (isPresent ? [host] : []));
}

/** Lower case, without accents: what people type to find a name. */
export function folded(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
