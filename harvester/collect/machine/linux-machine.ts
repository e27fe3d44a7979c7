import type { Counters } from './counters.ts';
import type { Disk } from './disks.ts';
import type { MachineSource } from './machine-source.ts';
import { memoryOf } from './memory.ts';
import { readNumber } from './numbers.ts';
import { processorTimeOf } from './processor.ts';
import type { DefaultRoute } from './route.ts';
import type { SystemFiles } from './system-files.ts';
import { hottest } from './temperature.ts';
import { trafficOf } from './traffic.ts';

export interface LinuxMachineDeps {
  files: SystemFiles;
  disks: () => Promise<Disk[]>;
  route: () => Promise<DefaultRoute | undefined>;
}

/** Reads /proc and /sys. In a container some of it is the host's: that is what it has of a machine. */
export function createLinuxMachine({ files, disks, route }: LinuxMachineDeps): MachineSource {
  async function counters(stat?: string): Promise<Counters | undefined> {
    const [uptime, boot, ownStat, dev, out] = await Promise.all([
      files.read('/proc/uptime'),
      files.read('/proc/sys/kernel/random/boot_id'),
      stat ?? files.read('/proc/stat'),
      files.read('/proc/net/dev'),
      route(),
    ]);
    const uptimeSeconds = readNumber(uptime?.split(' ')[0]);
    if (uptimeSeconds === undefined) return undefined;
    return {
      uptimeSeconds,
      boot: boot?.trim() ?? '',
      processor: processorTimeOf(ownStat ?? ''),
      traffic: out === undefined ? undefined : trafficOf(dev ?? '', out.interface),
    };
  }

  return {
    counters: () => counters(),
    async read() {
      const stat = (await files.read('/proc/stat')) ?? '';
      const [counted, meminfo, loadavg, temperature, disksNow] = await Promise.all([
        counters(stat),
        files.read('/proc/meminfo'),
        files.read('/proc/loadavg'),
        hottest(files),
        disks(),
      ]);
      const boot = readNumber(/^btime (\d+)$/m.exec(stat)?.[1]);
      const [load1, load5, load15] = loadavg?.split(' ').map(readNumber) ?? [];
      return {
        ...memoryOf(meminfo ?? ''),
        disks: disksNow,
        loads: load1 === undefined || load5 === undefined || load15 === undefined ? undefined : [load1, load5, load15],
        temperature,
        bootMs: boot === undefined ? undefined : boot * 1000,
        counters: counted,
      };
    },
  };
}
