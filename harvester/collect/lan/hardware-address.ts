/** Six or eight octets, as the systems write them: `a4-b1-c1-0-9:7` and the like. */
const OCTETS = /^[0-9A-Fa-f]{1,2}(?:[:-][0-9A-Fa-f]{1,2}){5}(?:(?:[:-][0-9A-Fa-f]{1,2}){2})?$/;

/**
 * The hardware address of one host, as reports hold it: two small digits an octet, colons
 * between (macOS leaves out zeros, Windows writes hyphens). `undefined` for what is none, and for
 * those of nobody and of many: zero, broadcast, multicast.
 */
export function readMac(text: string): string | undefined {
  if (!OCTETS.test(text)) return undefined;
  const octets = text.toLowerCase().split(/[:-]/).map((octet) => octet.padStart(2, '0'));
  const isGroup = (Number.parseInt(octets[0] ?? '', 16) & 1) === 1;
  return isGroup || octets.every((octet) => octet === '00') ? undefined : octets.join(':');
}
