import type { Sender } from './client-address.ts';
import { askedHost } from './host-rule.ts';
import type { TrustProxy } from './trust-proxy.ts';

export interface AddressRules {
  /** Whether Nester speaks TLS itself. */
  isTls: boolean;
  trust: TrustProxy;
  /** What stands before every path, without a slash at its end: `/nester`, or nothing. */
  basePath: string;
}

/** Whether a request came over TLS: to us, or to a proxy that we believe. */
export function isSecure({ headers, socket }: Sender, { isTls, trust }: AddressRules): boolean {
  return isTls || (headers['x-forwarded-proto'] === 'https' && trust(socket.remoteAddress ?? '', 0));
}

/**
 * The address by which this Nester was asked, such as `https://status.example.org/nester`,
 * without a slash at its end. `undefined` where the asker's `Host` is none: it goes into
 * scripts that others run, and is anyone's to choose.
 */
export function askedAddress(request: Sender, rules: AddressRules): string | undefined {
  const host = askedHost(request, rules.trust);
  if (host === undefined || !/^(\[[\da-f:.]{2,45}\]|[a-z\d][a-z\d._-]{0,252})(:\d{1,5})?$/i.test(host)) return undefined;
  return `${isSecure(request, rules) ? 'https' : 'http'}://${host}${rules.basePath}`;
}
