import { XMLParser } from 'fast-xml-parser';
import { isIP } from 'node:net';
import { type Decoded, refused } from '../../../protocol/decoded.ts';
import type { Host } from '../../../protocol/report.ts';
import { readMac } from './hardware-address.ts';

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseAttributeValue: false,
  // A scan must not be able to make this process unfold entities of its own.
  processEntities: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  maxNestedTags: 16,
  isArray: (name) => name === 'host' || name === 'address',
});

/**
 * Reads what `nmap -sn -oX -` printed: the hosts that are up. A document that is cut off, or not
 * nmap's, is refused as a whole: half a count would look like devices that left.
 */
export function decodeNmapXml(xml: string): Decoded<Host[]> {
  if (!/<\/nmaprun>\s*$/.test(xml)) return refused('the output of nmap is cut off, or not its XML');
  if (/<!ENTITY/i.test(xml)) return refused('the output of nmap declares entities, which nmap never does');
  let run: unknown;
  try {
    run = fieldOf(parser.parse(xml), 'nmaprun');
  } catch (error) {
    return refused(`the output of nmap is not XML: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (fieldOf(fieldOf(run, 'runstats'), 'hosts') === undefined) return refused('nmap did not finish its scan');
  const hosts = fieldOf(run, 'host');
  return { ok: true, value: (Array.isArray(hosts) ? hosts : []).flatMap(hostOf) };
}

function hostOf(element: unknown): Host[] {
  if (fieldOf(fieldOf(element, 'status'), 'state') !== 'up') return [];
  const addresses = fieldOf(element, 'address');
  let ip: string | undefined;
  let mac: string | undefined;
  let vendor: string | undefined;
  for (const address of Array.isArray(addresses) ? (addresses as unknown[]) : []) {
    const text = textOf(fieldOf(address, 'addr'));
    if (isIP(text) !== 0) ip ??= text;
    const hardware = fieldOf(address, 'addrtype') === 'mac' ? readMac(text) : undefined;
    if (hardware === undefined) continue;
    mac = hardware;
    vendor = Array.from(textOf(fieldOf(address, 'vendor'))).slice(0, 100).join('');
  }
  if (ip === undefined) return [];
  return [{ ip, ...(mac === undefined ? {} : { mac }), ...(vendor ? { vendor } : {}) }];
}

function fieldOf(value: unknown, name: string): unknown {
  // Own keys only: an element may be called anything.
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** An attribute's text, its five standard entities put back, fit for a report. */
function textOf(value: unknown): string {
  if (typeof value !== 'string') return '';
  return value
    .replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => ENTITIES[name] ?? '')
    .replace(/[\p{Cc}\p{Cs}]/gu, '')
    .trim();
}
