import { type Decoded, refused } from '../../../protocol/decoded.ts';
import { oneLine } from '../../log.ts';
import type { RunChild } from '../child.ts';
import type { SystemFiles } from '../machine/system-files.ts';
import { type NeighbourTable, readArpOutput, readProcArp } from './neighbour-table.ts';

/** Reads the system's neighbour table. Never rejects. */
export type Neighbours = (signal?: AbortSignal) => Promise<Decoded<NeighbourTable>>;

const DEADLINE_MS = 5_000;
const LIMIT_BYTES = 1024 * 1024;
const PROC_ARP = '/proc/net/arp';

/** Where the kernel tells it in a file. */
export function createProcNeighbours(files: SystemFiles): Neighbours {
  return async function neighbours() {
    const text = await files.read(PROC_ARP);
    return text === undefined ? refused(`${PROC_ARP} cannot be read`) : { ok: true, value: readProcArp(text) };
  };
}

/** By `arp -a`; `-n` keeps the one of macOS from asking DNS for each name. */
export function createArpNeighbours(run: RunChild, platform: string): Neighbours {
  const args = platform === 'win32' ? ['-a'] : ['-a', '-n'];
  return async function neighbours(signal) {
    const { outcome, code, stdout, stderr } = await run('arp', args, { deadlineMs: DEADLINE_MS, limitBytes: LIMIT_BYTES, signal });
    // Bytes: only digits matter, and consoles of Windows speak old code pages.
    if (outcome === 'exited' && code === 0) return { ok: true, value: readArpOutput(stdout.toString('latin1')) };
    if (outcome === 'overflow') return refused(`arp printed more than ${LIMIT_BYTES / 1024} KiB`);
    if (outcome === 'deadline') return refused(`arp took longer than ${DEADLINE_MS / 1000} s`);
    return refused(`arp gave no table (${outcome}, code ${code ?? 'none'}): ${oneLine(stderr) || 'it said nothing'}`);
  };
}
