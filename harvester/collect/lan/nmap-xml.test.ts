import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeReport } from '../../../protocol/report.ts';
import { decodeNmapXml } from './nmap-xml.ts';

const lan = readFileSync(new URL('fixtures/nmap-lan.xml', import.meta.url), 'utf8');

function document(hosts: string): string {
  return `<?xml version="1.0"?><nmaprun scanner="nmap">${hosts}<runstats><finished exit="success"/><hosts up="1" down="0" total="1"/></runstats></nmaprun>\n`;
}

describe('nmap XML', () => {
  it('gives the hosts that are up, with their hardware addresses', () => {
    expect(decodeNmapXml(lan)).toEqual({
      ok: true,
      value: [{ ip: '10.77.0.2', mac: 'c6:7c:eb:bf:d4:3e' }, { ip: '10.77.0.1' }],
    });
  });

  it('gives vendors with their entities put back, and leaves out hosts that are down', () => {
    const xml = document(
      '<host><status state="up"/><address addr="10.0.0.2" addrtype="ipv4"/><address addr="00:05:CD:00:00:01" addrtype="mac" vendor="D&amp;M Holdings"/></host>' +
        '<host><status state="down"/><address addr="10.0.0.3" addrtype="ipv4"/></host>',
    );

    expect(decodeNmapXml(xml)).toEqual({ ok: true, value: [{ ip: '10.0.0.2', mac: '00:05:cd:00:00:01', vendor: 'D&M Holdings' }] });
  });

  it('gives only what a report may hold, whatever the document says', () => {
    const xml = document(
      `<host><status state="up"/><address addr="$(reboot)" addrtype="ipv4"/></host>` +
        `<host><status state="up"/><address addr="10.0.0.4" addrtype="ipv4"/><address addr="not a mac" addrtype="mac" vendor="${'x'.repeat(500)}"/></host>` +
        `<host><status state="up"/><address addr="10.0.0.5" addrtype="ipv4"/><address addr="00:05:CD:00:00:01" addrtype="mac" vendor="${'x'.repeat(500)}&#1;"/></host>`,
    );

    const decoded = decodeNmapXml(xml);

    expect(decoded).toMatchObject({ ok: true, value: [{ ip: '10.0.0.4' }, { ip: '10.0.0.5', mac: '00:05:cd:00:00:01' }] });
    if (decoded.ok) expect(decodeReport({ node: 'a', hosts: decoded.value }, 0).ok).toBe(true);
  });

  it('refuses a document that declares entities, before unfolding any', () => {
    const entities = Array.from({ length: 30 }, (_, at) => `<!ENTITY e${at + 1} "${`&e${at};`.repeat(10)}">`).join('');
    const bomb = `<?xml version="1.0"?><!DOCTYPE nmaprun [<!ENTITY e0 "boom">${entities}]>${document('<host>&e30;</host>').slice(21)}`;

    const began = performance.now();
    const decoded = decodeNmapXml(bomb);

    expect(decoded).toMatchObject({ ok: false });
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it('refuses what is cut off, at any place', () => {
    for (let end = 0; end < lan.trimEnd().length; end += 7) expect(decodeNmapXml(lan.slice(0, end)).ok).toBe(false);
  });

  it('refuses nesting without end, and what is not XML at all', () => {
    for (const text of ['', 'Starting Nmap', '{}', document('<a>'.repeat(50_000)), `<nmaprun>${'</nmaprun>'.repeat(3)}`, '<nmaprun></nmaprun>']) {
      expect(decodeNmapXml(text).ok).toBe(false);
    }
  });
});
