import type { LookupAddress } from 'node:dns';
import { join } from 'node:path';
import type { Clock } from './clock.ts';
import { type ChildDeps, createRunChild } from './collect/child.ts';
import { createInventoryFile } from './collect/inventory-file.ts';
import { createLan, type Lan, NO_LAN } from './collect/lan.ts';
import { createLine } from './collect/line.ts';
import { createCounterFile } from './collect/machine/counter-file.ts';
import { createDisks } from './collect/machine/disks.ts';
import { type CounterStore, createHealth, NOTHING_KEPT } from './collect/machine/health.ts';
import { createLinuxMachine } from './collect/machine/linux-machine.ts';
import type { MachineSource } from './collect/machine/machine-source.ts';
import { createNodeSystemFiles } from './collect/machine/node-system-files.ts';
import { createPortableMachine, type OsFacts } from './collect/machine/portable-machine.ts';
import { type DefaultRoute, defaultRoute, type Endianness } from './collect/machine/route.ts';
import { createNmapScan } from './collect/nmap.ts';
import { createOwnMeasurements, ownDeadlineMs } from './collect/own-measurements.ts';
import { listOwnPrograms } from './collect/own-programs.ts';
import { ownAddressTowards, siteAddress } from './collect/own-address.ts';
import { createPing } from './collect/ping.ts';
import { planPings } from './collect/ping-command.ts';
import { createResolver, type Resolver } from './collect/resolver.ts';
import { type InterfaceAddress, type Subnet, subnetOf } from './collect/subnet.ts';
import type { Command, Config } from './config.ts';
import { createTroubleLog, type Log, type TroubleLog } from './log.ts';
import { birthOf, createIsRunning } from './outbox/holder.ts';
import { createLock } from './outbox/lock.ts';
import { createNodeFiles } from './outbox/node-files.ts';
import type { Outbox } from './outbox/outbox.ts';
import { createOutbox } from './outbox/spooled-outbox.ts';
import { createRound, type MeasureRound, type Sender } from './round.ts';
import { cleanName } from './setting-readers.ts';
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
  log: Log;
  clock: Clock;
}

/** A run from cron must be over before the next; a process that stays has time for a /16. */
const SCAN_DEADLINE_MS = { once: 45_000, show: 45_000, agent: 15 * 60_000 } as const;
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
  const run = createRunChild({ ...machine, environment: childEnvironment(machine.environment) } satisfies ChildDeps);
  const resolver = createResolver({ lookup: machine.lookup, clock });
  const [nester] = config.nesters;
  const ownAddress = async (): Promise<string | undefined> => {
    const [first] = await resolver.resolve(nester.host);
    return first === undefined ? undefined : ownAddressTowards(first.address);
  };
  const lan = config.scan === 'off' ? NO_LAN : lanOf(config, command, config.scan, { ...machine, run, ownAddress, troubles });
  const { source, route } = machineSource(machine);
  const customDir = config.customDir ?? join(config.stateDir, 'custom.d');
  const mode = command === 'agent' ? 'agent' : 'once';
  const files = createNodeFiles(platform);
  return {
    config,
    sender: { node: config.node, version: VERSION, mode, os: machine.os.slice(0, 100), hostname: cleanName(machine.hostName) },
    resolver,
    lan,
    measure: createRound({
      line: createLine({
        resolver,
        ping: createPing({ run, platform, plan, troubles }),
        troubles,
        main: config.target,
        targets: config.targets,
        gateway: async () => (await route())?.gateway,
      }),
      lan,
      beginHealth: createHealth(source, counterStore(config, command, machine)),
      measureOwn: createOwnMeasurements({
        list: () => listOwnPrograms(customDir, platform, config.customDir !== undefined),
        run,
        deadlineMs: ownDeadlineMs(intervalMs),
        troubles,
      }),
      ownAddress,
      waitsForScan: command !== 'agent',
      intervalSeconds: config.intervalSeconds,
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
    log,
    clock,
  };
}

/** How this machine is read, and where the way out of it leads. */
function machineSource({ platform, clock, facts, endianness }: Machine): { source: MachineSource; route: () => Promise<DefaultRoute | undefined> } {
  if (platform !== 'linux' && platform !== 'android') {
    return { source: createPortableMachine({ os: facts, platform, now: clock.now }), route: () => Promise.resolve(undefined) };
  }
  const files = createNodeSystemFiles();
  const route = (): Promise<DefaultRoute | undefined> => defaultRoute(files, endianness);
  return { source: createLinuxMachine({ files, disks: createDisks({ files, clock }), route }), route };
}

/** An agent remembers; writing a file each round would wear out a memory card. */
function counterStore(config: Config, command: Command, machine: Machine): CounterStore {
  if (command === 'agent') return NOTHING_KEPT;
  const file = createCounterFile(config.stateDir, String(machine.pid));
  // `show` leaves no trace.
  return command === 'show' ? { ...file, save: () => Promise.resolve() } : file;
}

function lanOf(
  config: Config,
  command: Command,
  scan: 'auto' | Subnet,
  machine: Machine & { run: ReturnType<typeof createRunChild>; ownAddress: () => Promise<string | undefined>; troubles: TroubleLog },
): Lan {
  async function ownSubnet(): Promise<Subnet | undefined> {
    const address = await siteAddress(await machine.ownAddress());
    const found = address === undefined ? undefined : subnetOf(address, machine.interfaces());
    // A network of one or two addresses is a tunnel, not a LAN.
    return found !== undefined && found.prefix <= 30 ? found : undefined;
  }
  const file = createInventoryFile(config.stateDir, String(machine.pid));
  return createLan({
    subnet: scan === 'auto' ? ownSubnet : () => Promise.resolve(scan),
    scan: createNmapScan(machine.run),
    // `show` leaves no trace.
    store: command === 'show' ? { ...file, save: () => Promise.resolve() } : file,
    clock: machine.clock,
    intervalMs: config.scanIntervalMs,
    deadlineMs: SCAN_DEADLINE_MS[command],
    troubles: machine.troubles,
  });
}

/** Programs get the environment, without the key, in the language that is simplest to read. */
function childEnvironment(environment: Record<string, string | undefined>): Record<string, string | undefined> {
  return { ...environment, NESTER_API_KEY: undefined, LC_ALL: 'C', LANGUAGE: 'C' };
}
