import { type Decoded, refused } from '../protocol/decoded.ts';
import { LIMITS } from '../protocol/limits.ts';
import { describeSettings, readDuration, readSettings } from '../protocol/settings.ts';
import type { NamedHost } from './collect/line/line.ts';
import type { Subnet } from './collect/lan/subnet.ts';
import type { NesterAddress } from './deliver/nester-address.ts';
import { type LogLevel, reasonOf } from './log.ts';
import { cleanWhy } from './pause/pause-file.ts';
import type { PauseOrder } from './pause/pause-command.ts';
import { cleanName } from './setting-readers.ts';
import { SETTINGS } from './settings.ts';

/** What takes the whole configuration. */
export const COMMANDS = ['once', 'agent', 'show', 'doctor'] as const;
export type Command = (typeof COMMANDS)[number];
/** What needs the state folder alone. */
const PAUSE_COMMANDS = ['pause', 'resume'] as const;

/** What the Harvester is told. Times in ms where the name says so. */
export interface Config {
  nesters: readonly [NesterAddress, ...NesterAddress[]];
  key: string | undefined;
  /** Certificates (PEM) that alone may vouch for a Nester's; `undefined`: those of the public authorities. */
  ca: string | undefined;
  node: string;
  intervalSeconds: number;
  /** Nobody said the interval: it is that between the runs. */
  learnsInterval: boolean;
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
  /** Runs the program that the Nester serves. */
  selfUpdate: boolean;
  logLevel: LogLevel;
}

export type CommandLine =
  | { kind: 'help' }
  | { kind: 'version' }
  | { kind: 'check'; config: Config }
  | { kind: 'run'; command: Command; config: Config; json: boolean }
  | PauseOrder
  | { kind: 'refused'; problems: string[] };

/** What the settings fall back to, and the machine alone knows. */
export interface Surroundings {
  environment: Record<string, string | undefined>;
  hostName: string;
  stateDir: string;
  /** The content of a file. Throws where it cannot be read. */
  readFile: (path: string) => string;
}

const NESTER_MISSING = 'NESTER: expected the address of a Nester, such as http://nester.example:5000; it is not set';
const SWITCHES = ['help', 'version', 'check', 'json'];
const DEFAULT_SECONDS: Record<Command, number> = { once: 60, agent: 10, show: 60, doctor: 60 };
const ALL_COMMANDS = [...COMMANDS, ...PAUSE_COMMANDS].join(', ');
/** A pause that is forgotten hides a dark site: beyond, it is to be said again. */
const LONGEST_PAUSE_MS = 30 * 86_400_000;

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
  // Absent settings are `undefined`, which the table's types do not say.
  const given = settings as { [Key in keyof typeof settings]: (typeof settings)[Key] | undefined };
  const [word, ...more] = line.positionals;
  const pauseCommand = PAUSE_COMMANDS.find((name) => name === word);
  if (pauseCommand !== undefined) {
    const order = readPauseOrder(pauseCommand, more, given.stateDir ?? surroundings.stateDir);
    return order.ok ? order.value : { kind: 'refused', problems: order.errors.map(({ message }) => message) };
  }
  const command = COMMANDS.find((name) => name === word);
  const problems: string[] = [];
  if (word === undefined && !line.switches.has('check')) problems.push(`expected a command: ${ALL_COMMANDS}`);
  if (word !== undefined && command === undefined) {
    problems.push(`${JSON.stringify(word.slice(0, 40))}: no such command; expected one of ${ALL_COMMANDS}`);
  }
  if (more.length > 0) problems.push(`expected nothing after the command, got ${JSON.stringify(more.join(' ').slice(0, 60))}`);
  const [first, ...rest] = given.nesters ?? [];
  if (first === undefined) problems.push(NESTER_MISSING);
  const node = given.node ?? cleanName(surroundings.hostName);
  const ca = given.caFile === undefined ? undefined : readAuthorities(given.caFile, surroundings.readFile);
  if (ca?.ok === false) problems.push(...ca.errors.map(({ message }) => `NESTER_CA: ${message}`));
  if (node === '') problems.push('HARVESTER_NODE: this machine has no host name to stand in for it');
  if (settings.selfUpdate === '1' && !(given.nesters ?? []).every(isVerified)) {
    problems.push('HARVESTER_SELF_UPDATE: what a Nester sends is run then; expected NESTER to begin with https://, so that nobody else can send it');
  }
  if (first === undefined || problems.length > 0) return { kind: 'refused', problems };
  const config: Config = {
    nesters: [first, ...rest],
    key: given.key,
    ca: ca?.ok ? ca.value : undefined,
    node,
    intervalSeconds: given.interval ?? DEFAULT_SECONDS[command ?? 'once'],
    learnsInterval: given.interval === undefined && command !== 'agent',
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
    selfUpdate: settings.selfUpdate === '1',
    logLevel: settings.logLevel,
  };
  if (line.switches.has('check') || command === undefined) return { kind: 'check', config };
  return { kind: 'run', command, config, json: line.switches.has('json') };
}

/** Whose answers are surely its own: by its certificate, or because they do not leave this machine. */
function isVerified({ base, host }: NesterAddress): boolean {
  return base.startsWith('https:') || host === 'localhost' || host === '::1' || /^127\./.test(host);
}

function readAuthorities(path: string, readFile: Surroundings['readFile']): Decoded<string> {
  try {
    const pem = readFile(path);
    return pem.includes('-----BEGIN CERTIFICATE-----') ? { ok: true, value: pem } : refused(`${path} holds no certificate in PEM form`);
  } catch (error) {
    return refused(`${path} cannot be read: ${reasonOf(error)}`);
  }
}

/** `pause 2h "swapping the UPS"`, the reason in quotes or not; `resume` alone. */
function readPauseOrder(kind: (typeof PAUSE_COMMANDS)[number], words: readonly string[], stateDir: string): Decoded<PauseOrder> {
  const [duration, ...reason] = words;
  if (kind === 'resume') {
    if (words.length > 0) return refused(`expected nothing after resume, got ${JSON.stringify(words.join(' ').slice(0, 60))}`);
    return { ok: true, value: { kind, stateDir } };
  }
  if (duration === undefined) return refused('expected how long after pause, such as: pause 2h "swapping the UPS"');
  const forMs = readDuration(duration);
  if (!forMs.ok) return forMs;
  if (forMs.value > LONGEST_PAUSE_MS) return refused(`expected a pause of at most ${LONGEST_PAUSE_MS / 86_400_000} days, got ${duration}`);
  const why = reason.join(' ');
  if (Array.from(why).length > LIMITS.pausedWhyCharacters) return refused(`expected a reason of at most ${LIMITS.pausedWhyCharacters} characters`);
  return { ok: true, value: { kind, stateDir, forMs: forMs.value, why: cleanWhy(why) } };
}

export const HELP = `Usage: harvester <command> [flags]

Measures this site and reports to a Nester.

Commands:
  once    measure, report, end; for cron. Says nothing when all is well
  agent   stay, and report at a steady rhythm
  show    print what would be sent, and send nothing; as JSON with --json, or into a pipe
  doctor  check all that reporting needs, and say how to mend what is missing; sends no report
  pause DURATION [REASON]
          tell the Nester that this site is being worked on: pause 2h "swapping the UPS"
  resume  end the pause

Flags, each also as a variable (a flag wins, empty means unset):
${describeSettings(SETTINGS)}
  --json     what show and doctor print as JSON
  --check    check the settings and end
  --help     print this and end
  --version  print the version and end

Exit codes: 0 delivered, 1 kept for later, 2 bad configuration, 3 refused by the Nester;
of doctor: 0 all is well, 1 something is not
`;
