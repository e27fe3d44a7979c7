/** Headers of every answer that is no page: nothing in it may be run, framed, guessed at, or loaded by another page. */
export const API_HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const;

/**
 * Headers of the page and its assets. The page brings its own scripts and styles and talks to
 * its own host only, so the policy allows that and nothing else: an injected script, style,
 * frame or form has nowhere to run or go, and no text can become markup (trusted types).
 * `ws: wss:` because older Safari does not count a WebSocket to the page's own host as 'self'.
 */
export const PAGE_HEADERS = {
  ...API_HEADERS,
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self' ws: wss:",
    "font-src 'none'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  // For browsers that do not know `frame-ancestors`.
  'X-Frame-Options': 'DENY',
  // What no page here asks for, whatever runs in it.
  'Permissions-Policy': ['camera', 'display-capture', 'geolocation', 'hid', 'microphone', 'midi', 'payment', 'serial', 'usb']
    .map((feature) => `${feature}=()`)
    .join(', '),
} as const;

/**
 * Headers of every answer over TLS: come back over TLS alone, and share no process and no window
 * with other pages. Browsers take none of them over plain HTTP, and complain.
 */
export const TLS_HEADERS = {
  'Strict-Transport-Security': 'max-age=31536000',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Origin-Agent-Cluster': '?1',
} as const;
