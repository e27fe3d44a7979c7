import { describeSettings, readSettings } from '../protocol/settings.ts';
import type { NamedHost } from './collect/line/line.ts';
import type { Subnet } from './collect/lan/subnet.ts';
import type { NesterAddress } from './deliver/nester-address.ts';
import type { LogLevel } from './log.ts';
import { cleanName } from './setting-readers.ts';
import { SETTINGS } from './settings.ts';

export const COMMANDS = ['once', 'agent', 'show'] as const;
export type Command = (typeof COMMANDS)[number];

/** What the Harvester is told. Times in ms where the name says so. */
export interface Config {
  nesters: readonly [NesterAddress, ...NesterAddress[]];
  key: string | undefined;
  node: string;
  intervalSeconds: number;
  /** Main target: a host name or an IP address. */
  target: string;
  targets: NamedHost[];
  pings: number;
  scan: 'auto' | 'off' | Subnet;
  scanIntervalMs: number;
  /** TCP ports tried at each host found; none if empty. */
  scanPorts: number[];
  /** `hash`: hardware addresses and names of hosts leave the site as salted hashes only. */
  privacy: 'off' | 'hash';
  labels: Record<string, string>;
  stateDir: string;
  /** Folder of the site's own programs; `undefined`: the one in the state folder, if there is one. */
  customDir: string | undefined;
  /** Reports the outbox keeps at most. */
  keep: number;
  logLevel: LogLevel;
}

export type CommandLine =
  | { kind: 'help' }
  | { kind: 'version' }
  | { kind: 'check'; config: Config }
  | { kind: 'run'; command: Command; config: Config }
  | { kind: 'refused'; problems: string[] };

/** What the settings fall back to, and the machine alone knows. */
export interface Surroundings {
  environment: Record<string, string | undefined>;
  hostName: string;
  stateDir: string;
}

const NESTER_MISSING = 'NESTER: expected the address of a Nester, such as http://nester.example:5000; it is not set';
const SWITCHES = ['help', 'version', 'check'];
const DEFAULT_SECONDS: Record<Command, number> = { once: 60, agent: 10, show: 60 };

/** Reads the whole command line. Every problem is found at once. */
export function readCommandLine(args: readonly string[], surroundings: Surroundings): CommandLine {
  // Asked for, these two are given whatever else is wrong.
  if (args.includes('--help')) return { kind: 'help' };
  if (args.includes('--version')) return { kind: 'version' };
  const read = readSettings(SETTINGS, surroundings.environment, args, SWITCHES);
  if (!read.ok) {
    const isGiven = surroundings.environment[SETTINGS.nesters.env]?.trim() || args.some((argument) => /^--nester(=|$)/.test(argument));
    return { kind: 'refused', problems: isGiven ? read.problems : [...read.problems, NESTER_MISSING] };
  }
  const { settings, line } = read;
  const [word, ...more] = line.positionals;
  const command = COMMANDS.find((name) => name === word);
  const problems: string[] = [];
  if (word === undefined && !line.switches.has('check')) problems.push(`expected a command: ${COMMANDS.join(', ')}`);
  if (word !== undefined && command === undefined) {
    problems.push(`${JSON.stringify(word.slice(0, 40))}: no such command; expected one of ${COMMANDS.join(', ')}`);
  }
  if (more.length > 0) problems.push(`expected nothing after the command, got ${JSON.stringify(more.join(' ').slice(0, 60))}`);
  // Absent settings are `undefined`, which the table's types do not say.
  const given = settings as { [Key in keyof typeof settings]: (typeof settings)[Key] | undefined };
  const [first, ...rest] = given.nesters ?? [];
  if (first === undefined) problems.push(NESTER_MISSING);
  const node = given.node ?? cleanName(surroundings.hostName);
  if (node === '') problems.push('HARVESTER_NODE: this machine has no host name to stand in for it');
  if (first === undefined || problems.length > 0) return { kind: 'refused', problems };
  const config: Config = {
    nesters: [first, ...rest],
    key: given.key,
    node,
    intervalSeconds: given.interval ?? DEFAULT_SECONDS[command ?? 'once'],
    target: given.target ?? first.host,
    targets: given.targets ?? [],
    pings: settings.pings,
    scan: settings.scan,
    scanIntervalMs: settings.scanInterval * 1000,
    scanPorts: given.scanPorts ?? [],
    privacy: settings.privacy,
    labels: given.labels ?? {},
    stateDir: given.stateDir ?? surroundings.stateDir,
    customDir: given.customDir,
    keep: settings.keep,
    logLevel: settings.logLevel,
  };
  if (line.switches.has('check') || command === undefined) return { kind: 'check', config };
  return { kind: 'run', command, config };
}

export const HELP = `Usage: harvester <command> [flags]

Measures this site and reports to a Nester.

Commands:
  once    measure, report, end; for cron. Says nothing when all is well
  agent   stay, and report at a steady rhythm
  show    print what would be sent, as JSON, and send nothing

Flags, each also as a variable (a flag wins, empty means unset):
${describeSettings(SETTINGS)}
  --check    check the settings and end
  --help     print this and end
  --version  print the version and end

Exit codes: 0 delivered, 1 kept for later, 2 bad configuration, 3 refused by the Nester
`;
