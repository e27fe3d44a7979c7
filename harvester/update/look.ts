import type { Exchange } from '../deliver/exchange.ts';
import { sha256Of, type UpdateFolder } from './update-folder.ts';

export interface LookDeps {
  exchange: Exchange;
  /** The Nester's address, with a slash at its end. */
  base: string;
  folder: Pick<UpdateFolder, 'wasRefused' | 'take'>;
  /** The program that runs. */
  running: Uint8Array;
}

const CONNECT_MS = 5_000;
const DEADLINE_MS = 60_000;
const LISTS_BYTES = 64 * 1024;
const PROGRAM_BYTES = 16 * 1024 * 1024;

/**
 * Looks whether the Nester serves another Harvester than the one that runs, and takes it: only
 * whole, and only if it is what `/checksums.txt` says. Resolves to what came of it. Never rejects
 * for the Nester's sake.
 */
export async function lookForUpdate({ exchange, base, folder, running }: LookDeps): Promise<{ kind: 'none' | 'taken' } | { kind: 'failed'; reason: string }> {
  const get = (name: string, limitBytes: number) => exchange({ url: `${base}${name}`, method: 'GET', connectMs: CONNECT_MS, deadlineMs: DEADLINE_MS, limitBytes });
  const lists = await get('checksums.txt', LISTS_BYTES);
  if (!lists.ok) return { kind: 'failed', reason: lists.reason };
  const listed = /^([0-9a-f]{64}) {2}harvester\.js$/m.exec(lists.body)?.[1];
  if (lists.status !== 200 || listed === undefined) return { kind: 'failed', reason: `${base}checksums.txt lists no harvester.js (status ${lists.status})` };
  if (listed === sha256Of(running) || folder.wasRefused(listed)) return { kind: 'none' };
  const program = await get('harvester.js', PROGRAM_BYTES);
  if (!program.ok) return { kind: 'failed', reason: program.reason };
  const actual = sha256Of(program.body);
  if (program.status !== 200 || actual !== listed) return { kind: 'failed', reason: `${base}harvester.js is not what checksums.txt says: expected ${listed}, got ${actual}` };
  folder.take(program.body);
  return { kind: 'taken' };
}
