import type { LookupAddress } from 'node:dns';
import { join } from 'node:path';
import type { Clock } from './clock.ts';
import { type ChildDeps, createRunChild, type RunChild } from './collect/child.ts';
import { type Lan, NO_LAN } from './collect/lan/lan.ts';
import { createSiteLan } from './collect/lan/site-lan.ts';
import type { InterfaceAddress } from './collect/lan/subnet.ts';
import { planPings } from './collect/line/ping-command.ts';
import { createSiteLine } from './collect/line/site-line.ts';
import { createCounterFile } from './collect/machine/counter-file.ts';
import { createDisks } from './collect/machine/disks.ts';
import { linuxMounts, systemMount } from './collect/machine/mounts.ts';
import { type CounterStore, createHealth, NOTHING_KEPT } from './collect/machine/health.ts';
import { createLinuxMachine } from './collect/machine/linux-machine.ts';
import type { MachineSource } from './collect/machine/machine-source.ts';
import { createNodeSystemFiles } from './collect/machine/node-system-files.ts';
import { createPortableMachine, type OsFacts } from './collect/machine/portable-machine.ts';
import { type DefaultRoute, defaultRoute, type Endianness } from './collect/machine/route.ts';
import { createRouteCommand, type FindGateway } from './collect/machine/route-command.ts';
import { createOwnMeasurements, ownDeadlineMs } from './collect/own-measurements.ts';
import { listOwnPrograms } from './collect/own-programs.ts';
import { ownAddressTowards } from './collect/own-address.ts';
import { createResolver, type Resolver } from './collect/resolver.ts';
import type { Command, Config } from './config.ts';
import { createTroubleLog, type Log } from './log.ts';
import { birthOf, createIsRunning } from './outbox/holder.ts';
import { createLock } from './outbox/lock.ts';
import { createNodeFiles } from './outbox/node-files.ts';
import type { Outbox } from './outbox/outbox.ts';
import { createOutbox } from './outbox/spooled-outbox.ts';
import { createLearnInterval, type LearnInterval } from './learnt-interval.ts';
import { createPauseFile, type PauseFile } from './pause/pause-file.ts';
import { createRound, type MeasureRound, type Sender } from './round.ts';
import { cleanName } from './setting-readers.ts';
import { createStateFile } from './state-file.ts';
import { VERSION } from './version.ts';

/** What the machine gives, gathered by `main.ts`: nothing here reaches for the process. */
export interface Machine {
  environment: Record<string, string | undefined>;
  platform: string;
  pid: number;
  kill: (pid: number, signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL' | 0) => void;
  hostName: string;
  /** Such as `Linux 6.1.0 x64`. */
  os: string;
  facts: OsFacts;
  /** Byte order, in which the kernel writes some of its numbers. */
  endianness: Endianness;
  interfaces: () => Record<string, InterfaceAddress[] | undefined>;
  lookup: (host: string) => Promise<LookupAddress[]>;
  /** The names of an IP address, by reverse DNS, soon or not at all. */
  reverse: (ip: string) => Promise<string[]>;
  clock: Clock;
}

/** A Harvester's parts, put together for one command. Nothing has begun yet. */
export interface Harvester {
  config: Config;
  sender: Sender;
  resolver: Resolver;
  lan: Lan;
  measure: MeasureRound;
  outbox: Outbox;
  pause: PauseFile;
  log: Log;
  clock: Clock;
}

/** A run from cron must be over before the next; a process that stays has time for a /16. */
const SCAN_DEADLINE_MS = { once: 45_000, show: 45_000, doctor: 45_000, agent: 15 * 60_000 } as const;
const OUTBOX_BYTES = { disk: 64 * 1024 * 1024, memory: 8 * 1024 * 1024 } as const;
/** Without a sign of life for so long, a holder of the state folder is gone (where pids tell too little). */
const LEAST_SILENCE_MS = 10 * 60_000;

export function createHarvester(config: Config, command: Command, machine: Machine, log: Log): Harvester {
  const { clock, platform } = machine;
  const troubles = createTroubleLog(log);
  const intervalMs = config.intervalSeconds * 1000;
  const plan = planPings(platform, config.pings, intervalMs);
  if (plan.count < config.pings) {
    log.info(`${plan.count} of ${config.pings} pings fit into ${config.intervalSeconds} s; more would delay the next round`);
  }
  const run = createRunChild({ ...machine, environment: childEnvironment(machine) } satisfies ChildDeps);
  const resolver = createResolver({ lookup: machine.lookup, clock });
  const [nester] = config.nesters;
  const ownAddress = async (): Promise<string | undefined> => {
    const [first] = await resolver.resolve(nester.host);
    return first === undefined ? undefined : ownAddressTowards(first.address);
  };
  const lan: Lan = config.scan === 'off' ? NO_LAN : createSiteLan({
    ...machine,
    scan: config.scan,
    ports: config.scanPorts,
    privacy: config.privacy,
    intervalMs: config.scanIntervalMs,
    deadlineMs: SCAN_DEADLINE_MS[command],
    stateDir: config.stateDir,
    // `show` leaves no trace.
    leavesTrace: command !== 'show',
    run,
    ownAddress,
    troubles,
  });
  const { source, gateway } = machineSource(machine, run);
  const customDir = config.customDir ?? join(config.stateDir, 'custom.d');
  const mode = command === 'agent' ? 'agent' : 'once';
  const files = createNodeFiles(platform);
  const pause = createPauseFile(config.stateDir, String(machine.pid));
  return {
    config,
    sender: { node: config.node, version: VERSION, mode, os: machine.os.slice(0, 100), hostname: cleanName(machine.hostName) },
    resolver,
    lan,
    measure: createRound({
      line: createSiteLine({ main: config.target, targets: config.targets, nester, gateway, plan, platform, run, resolver, clock, troubles }),
      lan,
      beginHealth: createHealth(source, counterStore(config, command, machine), command === 'agent' ? undefined : clock),
      measureOwn: createOwnMeasurements({
        list: () => listOwnPrograms(customDir, platform, config.customDir !== undefined),
        run,
        deadlineMs: ownDeadlineMs(intervalMs),
        troubles,
      }),
      ownAddress,
      waitsForScan: command !== 'agent',
      intervalFrom: intervalFrom(config, command, machine),
      pause: () => pause.load(),
      labels: config.labels,
      now: clock.now,
      troubles,
    }),
    outbox: createOutbox({
      folder: config.stateDir,
      files,
      lock: createLock({
        files,
        folder: config.stateDir,
        self: { pid: machine.pid, birth: birthOf(machine.pid), mode, silentMs: Math.max(LEAST_SILENCE_MS, 3 * intervalMs) },
        isRunning: createIsRunning(machine.kill),
        birthOf,
        now: clock.now,
      }),
      keep: config.keep,
      limitBytes: OUTBOX_BYTES,
      troubles,
    }),
    pause,
    log,
    clock,
  };
}

/** What was said, else what the runs so far teach. */
function intervalFrom({ learnsInterval, intervalSeconds, stateDir }: Config, command: Command, { pid }: Machine): LearnInterval {
  if (!learnsInterval) return () => Promise.resolve(intervalSeconds);
  const file = createStateFile(stateDir, 'runs.json', String(pid));
  // `show` leaves no trace, and is no run.
  return createLearnInterval(command === 'once' ? file : { ...file, save: () => Promise.resolve() });
}

/** How this machine is read, and where the way out of it leads. */
function machineSource(machine: Machine, run: RunChild): { source: MachineSource; gateway: FindGateway } {
  const { platform, clock, facts, endianness, environment } = machine;
  const files = createNodeSystemFiles();
  if (platform !== 'linux' && platform !== 'android') {
    const disks = createDisks({ mounts: () => Promise.resolve([systemMount(platform, environment)]), files, clock });
    return {
      source: createPortableMachine({ os: facts, disks, platform, now: clock.now }),
      gateway: createRouteCommand({ run, platform, clock }),
    };
  }
  const route = (): Promise<DefaultRoute | undefined> => defaultRoute(files, endianness);
  return {
    source: createLinuxMachine({ files, disks: createDisks({ mounts: () => linuxMounts(files), files, clock }), route }),
    gateway: async () => (await route())?.gateway,
  };
}

/** An agent remembers; writing a file each round would wear out a memory card. */
function counterStore(config: Config, command: Command, machine: Machine): CounterStore {
  if (command === 'agent') return NOTHING_KEPT;
  const file = createCounterFile(config.stateDir, String(machine.pid));
  // `show` leaves no trace.
  return command === 'show' ? { ...file, save: () => Promise.resolve() } : file;
}

/**
 * Programs get the environment, without the key, in the language that is simplest to read. Cron
 * leaves out of the PATH where macOS has `ping`, `arp` and `route`.
 */
export function childEnvironment({ environment, platform }: Pick<Machine, 'environment' | 'platform'>): Record<string, string | undefined> {
  const path = platform === 'win32' ? {} : { PATH: [environment['PATH'] ?? '/usr/bin:/bin', '/usr/sbin', '/sbin'].join(':') };
  return { ...environment, ...path, NESTER_API_KEY: undefined, LC_ALL: 'C', LANGUAGE: 'C' };
}
