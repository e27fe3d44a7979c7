import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { CommandResult } from './key-commands.ts';

/** Where things go on a machine. */
const PROGRAM = '/opt/nester/nester.js';
const SETTINGS = '/etc/nester.env';
const UNIT = '/etc/systemd/system/nester-dashboard.service';
const SERVICE = 'nester-dashboard';
const DATA = '/var/lib/nester';

const HEAD = `# Settings of the Nester: NAME="value", one a line. They hold after the next start:
# systemctl restart ${SERVICE}. What there is to set: node ${PROGRAM} --help
`;

export interface InstallDeps {
  /** What is put before every path; '' on a real machine. */
  root: string;
  /** The effective user. */
  uid: number | undefined;
  /** The program that is to be installed: this one. */
  program: string;
  /** The Node that runs it. */
  node: string;
  /** The text of deploy/systemd/nester-dashboard.service. */
  unit: string;
  /** Settings that were given, by the names of their variables. */
  given: ReadonlyMap<string, string>;
  /** Runs a program to its end, without a shell. */
  run: (command: string, ...args: string[]) => { ok: boolean; output: string };
}

/**
 * `nester install`: makes this program a service of this machine, or upgrades the one that is
 * there; settings that are given now win over those of before, all others stay. Resolves when it
 * takes reports. Throws what the file system says.
 */
export function runInstallCommand(deps: InstallDeps, urlOf: (settings: ReadonlyMap<string, string>) => string): CommandResult {
  const { root, node, given, run } = deps;
  const problem = obstacleOf(deps) ?? obstacleOfNode(node);
  if (problem !== undefined) return { code: 1, complain: problem };
  if (given.has('NESTER_DATA_DIR')) return { code: 2, complain: `NESTER_DATA_DIR: the service keeps its data in ${DATA}, and may write nowhere else` };
  const settings = settingsOf(root + SETTINGS, given);
  if (!settings.ok) return { code: 1, complain: settings.complaint };
  putProgram(deps);
  put(root + SETTINGS, settings.text, 0o600);
  const setAside = putUnit(deps);
  for (const args of [['daemon-reload'], ['enable', SERVICE], ['restart', SERVICE]]) {
    const { ok, output } = run('systemctl', ...args);
    if (!ok) return { code: 1, complain: `systemctl ${args.join(' ')} failed; journalctl -u ${SERVICE} tells why. ${output}`.trim() };
  }
  return {
    code: 0,
    say: `${setAside}Nester runs as ${SERVICE}.service, and listens on ${urlOf(settings.values)}
  program   ${PROGRAM}
  settings  ${SETTINGS}
  data      ${DATA}
`,
  };
}

/** `nester uninstall`: all of it, but for what cannot be had again. */
export function runUninstallCommand(deps: Omit<InstallDeps, 'given' | 'node' | 'unit' | 'program'>): CommandResult {
  const { root, run } = deps;
  const problem = obstacleOf(deps);
  if (problem !== undefined) return { code: 1, complain: problem };
  run('systemctl', 'disable', '--now', SERVICE);
  for (const at of [UNIT, SETTINGS]) rmSync(root + at, { force: true });
  rmSync(root + path.dirname(PROGRAM), { recursive: true, force: true });
  run('systemctl', 'daemon-reload');
  const left = existsSync(root + DATA) ? `What is left:\n  the reports: ${DATA}\n` : 'Nothing is left.\n';
  return { code: 0, say: `The service, the program and its settings are removed. ${left}` };
}

function obstacleOf({ root, uid }: Pick<InstallDeps, 'root' | 'uid'>): string | undefined {
  if (!existsSync(`${root}/run/systemd/system`)) return 'systemd does not run here. Start nester.js by whatever looks after programs on this machine; its settings are variables and flags';
  if (uid !== 0) return 'run this as root: sudo node nester.js install';
  return undefined;
}

/** A service sees no home folder. */
function obstacleOfNode(node: string): string | undefined {
  if (!/^\/(home|root)\//.test(node)) return undefined;
  return `this Node is ${node}, in a home folder, which a service does not see. Install Node 20.19 or newer for the whole machine, such as by its packages, and run this with that one`;
}

function putProgram({ root, program }: InstallDeps): void {
  const to = root + PROGRAM;
  mkdirSync(path.dirname(to), { recursive: true, mode: 0o755 });
  // Run from there, it is there.
  if (path.resolve(program) === path.resolve(to)) return;
  copyFileSync(program, `${to}.new`);
  chmodSync(`${to}.new`, 0o755);
  renameSync(`${to}.new`, to);
}

/** A unit of this name that is not ours is an older program's: kept beside it, and no unit any more. */
function putUnit({ root, unit, node }: InstallDeps): string {
  const at = root + UNIT;
  const text = unit.replace('/usr/bin/env node', () => node);
  const old = existsSync(at) ? readFileSync(at, 'utf8') : undefined;
  const isStranger = old !== undefined && !old.includes(PROGRAM);
  if (isStranger) put(`${at}.before-nester`, old, 0o644);
  put(at, text, 0o644);
  return isStranger ? `There was a ${SERVICE}.service of another program; it is kept as ${UNIT}.before-nester\n` : '';
}

/** There as a whole or not at all. */
function put(at: string, text: string, mode: number): void {
  mkdirSync(path.dirname(at), { recursive: true });
  rmSync(`${at}.new`, { force: true });
  writeFileSync(`${at}.new`, text, { mode });
  renameSync(`${at}.new`, at);
}

/** The file as it is to be: lines stay where they are, what is given now comes in its place or at the end. */
function settingsOf(at: string, given: ReadonlyMap<string, string>) {
  const lines = (existsSync(at) ? readFileSync(at, 'utf8') : HEAD).replace(/\n$/, '').split('\n');
  for (const [name, value] of given) {
    if (/\p{Cc}/u.test(value)) return { ok: false as const, complaint: `${name}: a value of several lines cannot be kept in ${SETTINGS}` };
    const line = `${name}="${value.replace(/[\\"`$]/g, '\\$&')}"`;
    const there = lines.findLastIndex((text) => text.startsWith(`${name}=`));
    if (there === -1) lines.push(line);
    else lines[there] = line;
  }
  return { ok: true as const, text: `${lines.join('\n')}\n`, values: valuesOf(lines) };
}

/** As systemd reads them (EnvironmentFile=, systemd.exec(5)), of lines that we write or a person would. */
function valuesOf(lines: readonly string[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of lines) {
    const [, name = '', quoted, plain = ''] = /^(\w+)=(?:"(.*)"|'?(.*?)'?)\s*$/.exec(line) ?? [];
    if (name !== '') values.set(name, quoted === undefined ? plain : quoted.replace(/\\(.)/g, '$1'));
  }
  return values;
}
