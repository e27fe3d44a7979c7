import type { Host } from '../../protocol/report.ts';
import { type Found, NOTHING_FOUND } from './filter.ts';

/**
 * Finds nodes by what stands in their LANs: a host's name, its maker, its addresses. Nester is
 * asked when typing has come to rest; until it answers, what an earlier, shorter text had found
 * still holds, because whoever types on wants fewer, not others.
 */
export interface HostSearch {
  /** What is found for this text, as far as it is known. The same object until there is news. */
  look(text: string): Found;
  close(): void;
}

export type FoundHost = Pick<Host, 'ip' | 'mac' | 'vendor' | 'name'>;

export interface HostsAnswer {
  nodes: { node: string; hosts: FoundHost[] }[];
}

export interface HostSearchDeps {
  /** `undefined`: no answer, or none to be had from this Nester. */
  ask: (text: string, signal: AbortSignal) => Promise<HostsAnswer | undefined>;
  onNews: () => void;
  after: (delayMs: number, callback: () => void) => () => void;
}

export const TYPED_MS = 250;
/** Inventories change while a search stands. */
export const AGAIN_MS = 60_000;
/** One letter is found everywhere. */
const LEAST_CHARACTERS = 2;

export function createHostSearch({ ask, onNews, after }: HostSearchDeps): HostSearch {
  let text = '';
  let found: Found = NOTHING_FOUND;
  let callOff: (() => void) | undefined;
  let abort: AbortController | undefined;

  function schedule(delayMs: number): void {
    callOff = after(delayMs, () => void run());
  }

  async function run(): Promise<void> {
    callOff = undefined;
    const asked = text;
    abort = new AbortController();
    const answer = await ask(asked, abort.signal);
    if (asked !== text) return;
    const next = answer === undefined ? NOTHING_FOUND : new Map(answer.nodes.map(({ node, hosts }) => [node, hosts.map((host) => hostName(host, asked))]));
    if (JSON.stringify([...next]) !== JSON.stringify([...found])) {
      found = next;
      onNews();
    }
    schedule(AGAIN_MS);
  }

  function stop(): void {
    callOff?.();
    callOff = undefined;
    abort?.abort();
  }

  return {
    look(typed) {
      const next = typed.trim();
      if (next === text) return found;
      stop();
      if (text === '' || !next.startsWith(text)) found = NOTHING_FOUND;
      text = next;
      if (text.length >= LEAST_CHARACTERS) schedule(TYPED_MS);
      else found = NOTHING_FOUND;
      return found;
    },
    close() {
      stop();
      text = '';
    },
  };
}

/** `HP LaserJet · 10.0.0.9`; with its MAC where that is what was looked for. */
function hostName({ ip, mac, vendor, name }: FoundHost, text: string): string {
  const called = [vendor, name].filter((part) => part !== undefined && part !== '').join(' ');
  const isByMac = mac !== undefined && text.toLowerCase().split(/\s+/).some((word) => mac.toLowerCase().includes(word));
  return [called, ip, isByMac ? mac : ''].filter((part) => part !== '').join(' · ');
}
