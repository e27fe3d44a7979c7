import { isIP } from 'node:net';
import { type Decoded, refused } from '../../protocol/decoded.ts';
import { readList } from '../../protocol/settings.ts';
import type { Sender } from './client-address.ts';
import type { Refusal } from './problem.ts';
import type { TrustProxy } from './trust-proxy.ts';

/** Whether a request was meant for this Nester, by the name it was asked under. */
export type HostRule = (request: Sender) => boolean;

export interface HostRuleOptions {
  /** As `NESTER_ALLOWED_HOSTS` says: names, `.example.org` for all below, `*` for any. */
  allowed: readonly string[];
  /** Further names of this Nester: of its machine, of the address it listens on. */
  own: readonly string[];
  trust: TrustProxy;
}

/** Names that no public DNS server answers for, so that nobody far away can point them here. */
const PRIVATE_ENDINGS = ['.localhost', '.local', '.lan', '.home.arpa', '.internal'];

/**
 * Against DNS rebinding: a page from far away whose name is made to lead to this Nester is of
 * the same origin for the browser, and may read everything. It cannot choose the name in `Host`,
 * though. Allowed are addresses, names without a dot and those with a private ending, which no
 * stranger can own, this machine's own, and those the operator named. No `Host` at all: not a
 * browser. Behind a trusted proxy the name is what the proxy says it was asked for.
 */
export function createHostRule({ allowed, own, trust }: HostRuleOptions): HostRule {
  const named = new Set([...own, ...allowed].map((name) => name.toLowerCase()));
  const endings = [...PRIVATE_ENDINGS, ...[...named].filter((name) => name.startsWith('.'))];
  if (named.has('*')) return () => true;
  return (request) => {
    const asked = askedHost(request, trust);
    if (asked === undefined) return true;
    const name = hostName(asked);
    if (name === undefined) return false;
    return isIP(name) !== 0 || !name.includes('.') || named.has(name) || endings.some((ending) => name.endsWith(ending));
  };
}

/** `Host`, or what a trusted proxy says stood there. */
export function askedHost({ headers, socket }: Sender, trust: TrustProxy): string | undefined {
  const forwarded = headers['x-forwarded-host'];
  if (typeof forwarded === 'string' && trust(socket.remoteAddress ?? '', 0)) return forwarded.split(',')[0]?.trim();
  return headers.host;
}

/** The name in a `Host` header: without port, brackets and the dot that may end it, in lower case. */
function hostName(text: string): string | undefined {
  const parts = /^(?:\[([\da-f:.]+)\]|([\p{L}\p{N}._-]{1,253}))(?::\d{1,5})?$/iu.exec(text);
  return (parts?.[1] ?? parts?.[2])?.toLowerCase().replace(/\.$/, '');
}

/** Reads `NESTER_ALLOWED_HOSTS`. */
export function readHostNames(text: string): Decoded<string[]> {
  const list = readList(text);
  if (!list.ok) return list;
  const names = list.value.map((name) => name.toLowerCase().replace(/^\*\./, '.'));
  const wrong = names.find((name) => !/^(\*|\.?[\p{L}\p{N}_-]+(\.[\p{L}\p{N}_-]+)*)$/u.test(name));
  if (wrong === undefined) return { ok: true, value: names };
  return refused(`expected host names such as status.example.org, without a port, got ${JSON.stringify(wrong.slice(0, 60))}`);
}

/** Says which setting lets the name pass. */
export function hostRefused(request: Sender, trust: TrustProxy): Refusal {
  const name = hostName(askedHost(request, trust) ?? '') ?? 'the name it is to be reached by';
  return {
    status: 421,
    detail: `Without a password, Nester answers browsers only under names that are its own. If it is meant to be reached under this one, start it with NESTER_ALLOWED_HOSTS=${name}`,
  };
}
