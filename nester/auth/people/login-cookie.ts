import type { Asker } from '../access.ts';

/** The value of a cookie that a request carries. */
export function cookieOf({ headers }: Pick<Asker, 'headers'>, name: string): string | undefined {
  const { cookie } = headers;
  if (cookie === undefined) return undefined;
  for (const part of cookie.split(';')) {
    const equals = part.indexOf('=');
    if (equals !== -1 && part.slice(0, equals).trim() === name) return part.slice(equals + 1).trim();
  }
  return undefined;
}

export interface LoginCookie {
  name: string;
  /** Empty: the browser is to forget it. */
  value: string;
  maxAgeMs: number;
  /** What of this host it is sent to: this Nester may be one program among others there. */
  path: string;
  /** It came over TLS, and is to go over nothing else. */
  isSecure: boolean;
}

/**
 * `Set-Cookie` of a login (RFC 6265bis): no script reads it, and no request that another site
 * made carries it.
 */
export function setCookie({ name, value, maxAgeMs, path, isSecure }: LoginCookie): string {
  const parts = [`${name}=${value}`, `Path=${path}`, `Max-Age=${Math.floor(maxAgeMs / 1000)}`, 'HttpOnly', 'SameSite=Strict'];
  return (isSecure ? [...parts, 'Secure'] : parts).join('; ');
}
