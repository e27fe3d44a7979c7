import type { Host } from '../../../protocol/report.ts';
import type { Lan } from './lan.ts';

/** What hardware addresses and names of hosts are hashed with. It never leaves the site. */
export interface SaltStore {
  /** `undefined`: there is none, and none can be kept. Never rejects. */
  load(): Promise<Buffer | undefined>;
}

/** An address that its owner gave itself, as IEEE 802 marks it, and not one of a group. */
const LOCALLY_ADMINISTERED = 0b10;
const GROUP = 0b1;
const NAME_DIGITS = 16;

/**
 * A LAN whose hosts cannot be recognised from outside: hardware addresses and names are salted
 * hashes, the same in each report of this site and others at each other site. Vendors stay. A
 * hash of a hardware address has the form of one (locally administered), that of a name is
 * `host-` and 16 digits. Where no salt can be kept, neither is told at all.
 */
export function createDisguisedLan(lan: Lan, salts: SaltStore): Lan {
  return {
    ...lan,
    async view() {
      const { devices, hosts } = await lan.view();
      if (hosts.length === 0) return { devices, hosts };
      const salt = await salts.load();
      // Loaded only here: a run from cron that needs no hashes starts faster without.
      const { createHmac } = await import('node:crypto');
      const hash: Hash | undefined = salt && ((text) => createHmac('sha256', salt).update(text).digest());
      return { devices, hosts: hosts.map((host) => disguised(host, hash)) };
    },
  };
}

type Hash = (text: string) => Buffer;

function disguised({ mac, name, ...plain }: Host, hash: Hash | undefined): Host {
  if (hash === undefined) return plain;
  const { ip, ports, ...vendor } = plain;
  return {
    ip,
    ...(mac === undefined ? {} : { mac: hashOfMac(mac, hash) }),
    ...vendor,
    ...(name === undefined ? {} : { name: hashOfName(name, hash) }),
    ...(ports === undefined ? {} : { ports }),
  };
}

/** DNS does not tell large letters from small ones. */
function hashOfName(name: string, hash: Hash): string {
  return `host-${hash(`name:${name.toLowerCase()}`).toString('hex').slice(0, NAME_DIGITS)}`;
}

function hashOfMac(mac: string, hash: Hash): string {
  const octets = hash(`mac:${mac}`).subarray(0, 6);
  octets[0] = ((octets[0] ?? 0) & ~GROUP) | LOCALLY_ADMINISTERED;
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, '0')).join(':');
}
