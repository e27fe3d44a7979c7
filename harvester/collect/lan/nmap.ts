import { refused } from '../../../protocol/decoded.ts';
import { oneLine } from '../../log.ts';
import type { RunChild } from '../child.ts';
import type { Scan } from './scan.ts';
import { formatSubnet } from './subnet.ts';

/** Some 16,000 hosts; nmap prints only those that are up. */
const LIMIT_BYTES = 4 * 1024 * 1024;

/** As any scan. `missing`: there is no nmap. */
export type NmapScan = (...args: Parameters<Scan>) => Promise<Awaited<ReturnType<Scan>> | { ok: 'missing' }>;

/**
 * Scans with `nmap -sn`: ARP as root, TCP to common ports else. No port scan, and no names: its
 * lookups have no deadline.
 */
export function createNmapScan(run: RunChild): NmapScan {
  return async function scan(subnet, deadlineMs, signal) {
    // The subnet was made from numbers, so it cannot be an option.
    const args = ['-sn', '-n', '-oX', '-', formatSubnet(subnet)];
    const result = await run('nmap', args, { deadlineMs, limitBytes: LIMIT_BYTES, signal });
    switch (result.outcome) {
      case 'missing':
        return { ok: 'missing' };
      case 'deadline':
        return refused(`nmap took longer than ${Math.round(deadlineMs / 1000)} s`);
      case 'overflow':
        return refused(`nmap printed more than ${LIMIT_BYTES / 1024 / 1024} MiB`);
      case 'aborted':
        return refused('the scan was stopped');
      case 'failed':
        return refused(`nmap cannot be started: ${oneLine(result.stderr)}`);
    }
    if (result.code !== 0) return refused(`nmap ended with code ${result.code ?? 'none'}: ${oneLine(result.stderr)}`);
    // Loaded at the first scan: rounds without one, and runs from cron, do without the parser.
    const { decodeNmapXml } = await import('./nmap-xml.ts');
    return decodeNmapXml(result.stdout.toString('utf8'));
  };
}
