import { setTimeout as pause } from 'node:timers/promises';
import { createKeyFile } from '../auth/keys/key-file.ts';
import { createSiteKeys } from '../auth/keys/site-keys.ts';
import { decodeName, decodeNodes, type SiteKey } from '../auth/keys/site-key.ts';
import type { FilePort } from '../store/file-port.ts';

/** What `nester keys ...` answers: exit codes are those of the program. */
export type CommandResult = { code: 0; say: string } | { code: 1 | 2; complain: string };

export interface KeyCommandDeps {
  files: FilePort;
  /** The data folder. */
  folder: string;
  /** Epoch ms. */
  now: () => number;
}

export const KEYS_USAGE = `nester keys add NAME [--node NODE]...   make a key for a site; NODE is a name or a pattern such as 'lyon-*' (default NAME)
nester keys list                        whose keys there are, and for which nodes
nester keys revoke NAME                 make a key good for nothing, at once`;

/**
 * `nester keys`: works on keys.json in the data folder, whether a Nester runs there or not; one
 * that runs takes it up within a second. Rejects with what the file system said.
 */
export async function runKeyCommand(args: readonly string[], nodes: readonly string[], deps: KeyCommandDeps): Promise<CommandResult> {
  const [command, name, ...more] = args;
  if (command === 'list' && name === undefined) return list(deps);
  if (name === undefined || more.length > 0 || !(command === 'add' || command === 'revoke')) return { code: 2, complain: `usage:\n${KEYS_USAGE}` };
  const decoded = decodeName(name, 'NAME');
  if (!decoded.ok) return wrong(decoded.errors);
  return command === 'add' ? add(decoded.value, nodes, deps) : revoke(decoded.value, deps);
}

async function add(name: string, nodes: readonly string[], deps: KeyCommandDeps): Promise<CommandResult> {
  const decoded = nodes.length === 0 ? undefined : decodeNodes(nodes, '--node');
  if (decoded?.ok === false) return wrong(decoded.errors);
  const made = await keysOf(deps).add(name, decoded?.value ?? []);
  if (made === undefined) return { code: 1, complain: `there is a key of the name ${name} already; revoke that one first, or choose another name` };
  return {
    code: 0,
    say: `${made.key}\n\nThis is the key of ${name}. It may report for: ${made.kept.nodes.join(', ')}
It is shown this once and kept nowhere. Give it to the Harvester as NESTER_API_KEY.
`,
  };
}

async function list({ files, folder, now }: KeyCommandDeps): Promise<CommandResult> {
  const keys = (await createKeyFile({ files, folder, now, pause }).read()) ?? [];
  if (keys.length === 0) return { code: 0, say: 'there are no keys\n' };
  return { code: 0, say: table([['NAME', 'CREATED', 'MAY REPORT FOR'], ...keys.map(rowOf)]) };
}

async function revoke(name: string, deps: KeyCommandDeps): Promise<CommandResult> {
  if (!(await keysOf(deps).revoke(name))) return { code: 1, complain: `there is no key of the name ${name}` };
  return { code: 0, say: `the key of ${name} is revoked; a Nester that runs here refuses it within a second\n` };
}

function keysOf({ files, folder, now }: KeyCommandDeps) {
  return createSiteKeys({ file: createKeyFile({ files, folder, now, pause }), now, say: () => undefined, onChange: () => undefined });
}

function rowOf({ name, created, nodes }: SiteKey): string[] {
  return [name, created, nodes.join(', ')];
}

function table(rows: readonly string[][]): string {
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)) + 2);
  return rows.map((row) => `${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('').trimEnd()}\n`).join('');
}

function wrong(errors: readonly { path: string; message: string }[]): CommandResult {
  return { code: 2, complain: errors.map(({ path, message }) => `${path}: ${message}`).join('\n') };
}
