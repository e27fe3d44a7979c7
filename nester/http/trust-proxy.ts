import { BlockList, isIP } from 'node:net';
import { type Decoded, refused } from '../../protocol/decoded.ts';

/**
 * Whether to believe what an address says of those before it (`X-Forwarded-For`,
 * `X-Forwarded-Host`). `hop` counts from 0, the peer of the connection. The shape is
 * Express's, which gets the same function.
 */
export type TrustProxy = (address: string, hop: number) => boolean;

export const TRUST_NOBODY: TrustProxy = () => false;

const NAMED: Record<string, readonly string[]> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};

/** Reads `true`, `false`, a number of hops, or addresses, CIDR blocks and names separated by commas. */
export function readTrustProxy(text: string): Decoded<TrustProxy> {
  if (text === 'false') return { ok: true, value: TRUST_NOBODY };
  if (text === 'true') return { ok: true, value: () => true };
  if (/^\d{1,3}$/.test(text)) {
    const hops = Number(text);
    return { ok: true, value: (_address, hop) => hop < hops };
  }
  const trusted = new BlockList();
  for (const part of text.split(',').map((part) => part.trim())) {
    for (const block of NAMED[part] ?? [part]) {
      if (!addBlock(trusted, block)) {
        return refused(
          `expected a number of hops, or addresses, CIDR blocks, ${Object.keys(NAMED).join(', ')} separated by commas, got ${JSON.stringify(block.slice(0, 60))}`,
        );
      }
    }
  }
  return {
    ok: true,
    value: (address) => {
      const plain = plainAddress(address);
      const family = isIP(plain);
      return family !== 0 && trusted.check(plain, family === 4 ? 'ipv4' : 'ipv6');
    },
  };
}

function addBlock(list: BlockList, block: string): boolean {
  const [address = '', bits, ...rest] = block.split('/');
  const family = isIP(address);
  const most = family === 4 ? 32 : 128;
  if (family === 0 || rest.length > 0) return false;
  if (bits !== undefined && (!/^\d{1,3}$/.test(bits) || Number(bits) > most)) return false;
  list.addSubnet(address, bits === undefined ? most : Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  return true;
}

/** `::ffff:10.0.0.7`, as a socket that takes both families says it, is 10.0.0.7. */
export function plainAddress(address: string): string {
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(address) ? address.slice(7) : address;
}
