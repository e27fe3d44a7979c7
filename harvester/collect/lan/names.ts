import type { Host } from '../../../protocol/report.ts';
import { type Clock, delay } from '../../clock.ts';

/** Adds the names that the site's DNS has for hosts. Never rejects; who has none stays as it is. */
export type AddNames = (hosts: readonly Host[], signal?: AbortSignal) => Promise<Host[]>;

export interface NamesDeps {
  /** The names of an IP address, by reverse DNS. Rejects where there is none. */
  reverse: (ip: string) => Promise<string[]>;
  clock: Clock;
}

const AT_ONCE = 8;
/** For all of them together: names are nice to have, and DNS may be what is broken. */
const DEADLINE_MS = 5_000;
const CHARACTERS = 255;

export function createAddNames({ reverse, clock }: NamesDeps): AddNames {
  return async function addNames(hosts, signal) {
    const names = new Map<string, string>();
    const nameless = hosts.filter(({ name }) => name === undefined);
    const until = clock.monotonic() + DEADLINE_MS;
    let next = 0;
    async function ask(): Promise<void> {
      while (next < nameless.length && clock.monotonic() < until && !signal?.aborted) {
        const ip = nameless[next++]?.ip ?? '';
        const [found] = await reverse(ip).catch(() => []);
        const name = found === undefined ? '' : cleanHostName(found);
        if (name !== '') names.set(ip, name);
      }
    }
    const deadline = new AbortController();
    const all = Promise.all(Array.from({ length: AT_ONCE }, ask)).finally(() => deadline.abort());
    await Promise.race([all, delay(clock, DEADLINE_MS, signal === undefined ? deadline.signal : AbortSignal.any([deadline.signal, signal]))]);
    return hosts.map((host) => {
      const name = names.get(host.ip);
      return name === undefined ? host : { ...host, name };
    });
  };
}

/** What DNS says may be anything. */
function cleanHostName(text: string): string {
  const clean = text.replace(/[\p{Cc}\p{Cs}]/gu, '').replace(/\.$/, '').trim();
  return Array.from(clean).slice(0, CHARACTERS).join('');
}
