import type { Counters } from './counters.ts';
import type { Disk } from './disks.ts';
import type { MachineSource } from './machine-source.ts';
import { percentOf, roundedTo } from './numbers.ts';
import { type CoreTimes, processorTimeOfCores } from './processor.ts';

/** What `node:os` knows on every system. */
export interface OsFacts {
  totalmem: () => number;
  freemem: () => number;
  loadavg: () => number[];
  /** Seconds since the start. */
  uptime: () => number;
  cpus: () => CoreTimes[];
}

export interface PortableMachineDeps {
  os: OsFacts;
  disks: () => Promise<Disk[]>;
  platform: string;
  now: () => number;
}

/** Start times closer than this are the same one: the system rounds, and clocks are corrected. */
const SAME_BOOT_MS = 5_000;

/** What can be known where there is no /proc: on macOS and Windows. */
export function createPortableMachine({ os, disks, platform, now }: PortableMachineDeps): MachineSource {
  let bootMs: number | undefined;

  function counters(): Counters | undefined {
    const uptimeSeconds = attempt(os.uptime);
    if (uptimeSeconds === undefined || !(uptimeSeconds > 0)) return undefined;
    return { uptimeSeconds, boot: '', processor: processorTimeOfCores(attempt(os.cpus) ?? []), traffic: undefined };
  }

  function bootOf(uptimeSeconds: number): number {
    const found = Math.round(now() / 1000 - uptimeSeconds) * 1000;
    if (bootMs === undefined || Math.abs(found - bootMs) > SAME_BOOT_MS) bootMs = found;
    return bootMs;
  }

  return {
    counters: () => Promise.resolve(counters()),
    async read() {
      const counted = counters();
      const total = attempt(os.totalmem) ?? NaN;
      // Windows has no such thing, and Node says 0.
      const [load1, load5, load15] = platform === 'win32' ? [] : (attempt(os.loadavg) ?? []);
      return {
        memory: percentOf(total - (attempt(os.freemem) ?? NaN), total),
        swap: undefined,
        disks: await disks(),
        loads:
          load1 === undefined || load5 === undefined || load15 === undefined
            ? undefined
            : [roundedTo(2, load1), roundedTo(2, load5), roundedTo(2, load15)],
        temperature: undefined,
        bootMs: counted === undefined ? undefined : bootOf(counted.uptimeSeconds),
        counters: counted,
      };
    },
  };
}

/** Some systems forbid some of it, and Node then throws. */
function attempt<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}
