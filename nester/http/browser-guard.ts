import type { Asker } from '../auth/access.ts';
import { type HostRule, hostRefused } from './host-rule.ts';
import { ORIGIN_REFUSED, type OriginRule } from './origin-rule.ts';
import type { Refusal } from './problem.ts';
import type { TrustProxy } from './trust-proxy.ts';

/** Why a request is refused before anything looks at what it asks for; `undefined`: it may go on. */
export type BrowserGuard = (request: Asker & { url?: string | undefined }, kind: 'request' | 'upgrade') => Refusal | undefined;

export interface BrowserGuardDeps {
  isOriginAllowed: OriginRule;
  isHostAllowed: HostRule;
  trust: TrustProxy;
  /** Paths that tell nothing that is not known, and for which supervisors and new sites ask by whatever name they know. */
  open: ReadonlySet<string>;
}

/**
 * Keeps other people's pages from using a visitor's browser against this Nester. It stands
 * before every route and socket, so that none can be forgotten.
 *
 * What changes something, and every upgrade, must come from a page of our own. Browsers say in
 * `Origin` whose page it is, with every request but plain reading; who sends none is a program.
 * The name in `Host` is looked at wherever a page could be asking: at all reading, and at
 * whatever else says that it comes from a page. Harvesters and scripts report as before, under
 * any name.
 */
export function createBrowserGuard({ isOriginAllowed, isHostAllowed, trust, open }: BrowserGuardDeps): BrowserGuard {
  return (request, kind) => {
    const isReading = kind === 'request' && (request.method === 'GET' || request.method === 'HEAD' || request.method === 'OPTIONS');
    if (!isReading && !isOriginAllowed(request)) return ORIGIN_REFUSED;
    if (!isReading && !isFromPage(request)) return undefined;
    if (isHostAllowed(request) || (isReading && open.has(request.url ?? ''))) return undefined;
    return hostRefused(request, trust);
  };
}

function isFromPage({ headers }: Asker): boolean {
  return headers.origin !== undefined || headers['sec-fetch-site'] !== undefined;
}
