import type { Counters } from './counters.ts';
import type { Disk } from './disks.ts';

/** What a machine says of itself at one moment. What cannot be had is `undefined`. */
export interface MachineReading {
  /** In use, percent. */
  memory: number | undefined;
  swap: number | undefined;
  disks: Disk[];
  /** Over 1, 5 and 15 minutes. */
  loads: [number, number, number] | undefined;
  /** The hottest sensor, degrees Celsius. */
  temperature: number | undefined;
  /** When it started, epoch ms. */
  bootMs: number | undefined;
  counters: Counters | undefined;
}

/** Where it is read. No call rejects, starts a program, or waits for long. */
export interface MachineSource {
  read(): Promise<MachineReading>;
  counters(): Promise<Counters | undefined>;
}
