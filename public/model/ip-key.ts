/**
 * A text that orders IP addresses by their number, IPv4 before IPv6: `10.0.0.9` before
 * `10.0.0.10`. For valid addresses; anything else gets some key.
 */
export function ipKey(ip: string): string {
  return ip.includes(':') ? `6${groupsOf(ip).map((group) => group.padStart(4, '0')).join('')}` : `4${v4Hex(ip)}`;
}

function v4Hex(ip: string): string {
  return ip
    .split('.')
    .map((byte) => Number(byte).toString(16).padStart(2, '0'))
    .join('');
}

/** The eight groups of an IPv6 address, `::` filled and a dotted end rewritten. */
function groupsOf(ip: string): string[] {
  const dotted = /[^:]+\.[^:]+$/.exec(ip)?.[0];
  const hex = dotted === undefined ? '' : v4Hex(dotted);
  const plain = dotted === undefined ? ip : `${ip.slice(0, -dotted.length)}${hex.slice(0, 4)}:${hex.slice(4)}`;
  const [head = '', tail] = plain.toLowerCase().split('::');
  const left = head === '' ? [] : head.split(':');
  if (tail === undefined) return left;
  const right = tail === '' ? [] : tail.split(':');
  return [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right];
}
