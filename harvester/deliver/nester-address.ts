import { type Decoded, refused } from '../../protocol/decoded.ts';
import { parseHost } from '../collect/host.ts';

/** Where a Nester is: a base address that paths are put behind, and the bare host and port in it. */
export interface NesterAddress {
  /** Ends in `/`. */
  base: string;
  host: string;
  port: number;
}

/** `https://nester.example/probe` and the like: http or https, no key, query or fragment in it. */
export function decodeNesterAddress(text: string): Decoded<NesterAddress> {
  const shown = JSON.stringify(text.slice(0, 100));
  if (!URL.canParse(text)) return refused(`expected an address such as http://nester.example:5000, got ${shown}`);
  const url = new URL(text);
  // Not shown: there may be a password in it.
  if (url.username !== '' || url.password !== '') return refused('expected no user or password in the address; the key goes into NESTER_API_KEY');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return refused(`expected http:// or https://, got ${shown}`);
  if (url.search !== '' || url.hash !== '') return refused(`expected neither query nor fragment, got ${shown}`);
  const host = parseHost(url.hostname);
  if (host === undefined) return refused(`expected a host name or an IP address, got ${shown}`);
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  return { ok: true, value: { base: url.href.endsWith('/') ? url.href : `${url.href}/`, host, port } };
}
