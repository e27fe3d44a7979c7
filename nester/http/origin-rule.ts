import type { Sender } from './client-address.ts';
import type { Refusal } from './problem.ts';
import type { TrustProxy } from './trust-proxy.ts';

/** Whether a request may come from the page it says it comes from. */
export type OriginRule = (request: Sender) => boolean;

/**
 * Browsers let any page open a WebSocket to any host, and say whose page it is in `Origin`.
 * Allowed are: no `Origin` (not a browser), this host, and the origins named. Behind a trusted
 * proxy this host is also what the proxy says it was asked for.
 */
export function createOriginRule(allowed: readonly string[], trust: TrustProxy): OriginRule {
  const named = new Set(allowed);
  return ({ headers, socket }) => {
    const { origin } = headers;
    if (origin === undefined) return true;
    const url = parseOrigin(origin);
    if (url === undefined) return false;
    if (named.has(url.origin)) return true;
    const isHost = (host: string | undefined): boolean =>
      host !== undefined && parseOrigin(`${url.protocol}//${host}`)?.host === url.host;
    if (isHost(headers.host)) return true;
    const forwarded = headers['x-forwarded-host'];
    return typeof forwarded === 'string' && trust(socket.remoteAddress ?? '', 0) && isHost(forwarded.split(',')[0]?.trim());
  };
}

/** An `http(s)://host[:port]` and nothing more, or `undefined`. */
export function parseOrigin(text: string): URL | undefined {
  if (!/^https?:\/\/[^/?#@\s]+$/i.test(text) || !URL.canParse(text)) return undefined;
  return new URL(text);
}

export const ORIGIN_REFUSED: Refusal = {
  status: 403,
  detail: 'Pages of this origin may not do this. NESTER_ALLOWED_ORIGINS names those that may.',
};
