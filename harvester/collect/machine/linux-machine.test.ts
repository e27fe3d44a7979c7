import { describe, expect, it } from 'vitest';
import { createManualClock } from '../../manual-clock.ts';
import { createDisks } from './disks.ts';
import { createLinuxMachine } from './linux-machine.ts';
import type { MachineReading } from './machine-source.ts';
import { createMemorySystemFiles, type MemorySystemFiles } from './memory-system-files.ts';
import { memoryOf } from './memory.ts';
import { linuxMounts, realMounts, systemMount } from './mounts.ts';
import { processorTimeOf } from './processor.ts';
import { defaultRoute } from './route.ts';

/** A Raspberry Pi 4 with Raspberry Pi OS, shortened to a few lines of each file. */
const RASPBERRY: Record<string, string> = {
  '/proc/uptime': '93784.12 370251.55\n',
  '/proc/sys/kernel/random/boot_id': '3f0b1c5e-7a0e-4a5a-9a4f-0d7e8b1c2d3e\n',
  '/proc/stat': 'cpu  215631 1204 98321 36958412 10233 0 4821 0 0 0\ncpu0 53210 301 24580 9239603 2558 0 3911 0 0 0\nintr 33\nctxt 98\nbtime 1795300000\nprocesses 4211\n',
  '/proc/loadavg': '0.52 0.38 0.31 1/178 4211\n',
  '/proc/meminfo':
    'MemTotal:        3885396 kB\nMemFree:         2311032 kB\nMemAvailable:    3302588 kB\nBuffers:           64540 kB\nCached:           957092 kB\nSwapTotal:        102396 kB\nSwapFree:          76797 kB\n',
  '/proc/net/dev':
    'Inter-|   Receive                                                |  Transmit\n face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n    lo:   12345     100    0    0    0     0          0         0    12345     100    0    0    0     0       0          0\n  eth0:987654321  812345    0   12    0     0          0     40213 123456789  512345    0    0    0     0       0          0\n wlan0:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0\n',
  '/proc/net/route':
    'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\nwlan0\t00000000\t0102A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\neth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\neth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n',
  '/proc/self/mountinfo':
    '21 27 0:20 / /proc rw,relatime shared:12 - proc proc rw\n24 27 0:5 / /dev rw,relatime shared:2 - devtmpfs udev rw,size=1\n27 1 179:2 / / rw,noatime shared:1 - ext4 /dev/mmcblk0p2 rw\n29 27 179:1 / /boot/firmware rw,relatime shared:30 - vfat /dev/mmcblk0p1 rw\n33 27 179:2 /var/lib/private /var/lib/private rw,noatime - ext4 /dev/mmcblk0p2 rw\n35 27 8:1 / /mnt/My\\040disk\\040\\303\\251 rw - ext4 /dev/sda1 rw\n36 27 7:1 / /snap/core/1 ro - squashfs /dev/loop1 ro\n37 27 0:44 / /mnt/nas rw - nfs4 nas:/a rw\n',
  '/sys/class/thermal/cooling_device0/type': 'gpio-fan\n',
  '/sys/class/thermal/thermal_zone0/type': 'cpu-thermal\n',
  '/sys/class/thermal/thermal_zone0/temp': '48686\n',
  '/sys/class/hwmon/hwmon0/name': 'cpu_thermal\n',
  '/sys/class/hwmon/hwmon0/temp1_input': '48199\n',
  '/sys/class/hwmon/hwmon1/name': 'rpi_volt\n',
};

/** A container: the root an overlay, files of the host's disk mounted, no sensors, no swap, one interface. */
const CONTAINER: Record<string, string> = {
  '/proc/uptime': '8258.10 6653.71\n',
  '/proc/stat': 'cpu  823024 7475 126164 665371 2947 0 9028 12511 0 0\nbtime 1795371745\n',
  '/proc/loadavg': '1.29 2.35 3.10 4/168 22116\n',
  '/proc/meminfo': 'MemTotal:       24684096 kB\nMemFree:        22983016 kB\nMemAvailable:   23938912 kB\nSwapTotal:             0 kB\nSwapFree:              0 kB\n',
  '/proc/self/mountinfo':
    '812 700 0:61 / / rw,relatime - overlay overlay rw,lowerdir=/a\n813 812 0:64 / /proc rw - proc proc rw\n820 812 254:1 /containers/x/hosts /etc/hosts rw - ext4 /dev/vda1 rw\n821 812 0:63 / /dev/shm rw - tmpfs shm rw\n',
};

const ROOM = { blocks: 1000, free: 400, available: 350 };

function machine(files: MemorySystemFiles) {
  return createLinuxMachine({ files, disks: createDisks({ mounts: () => linuxMounts(files), files, clock: createManualClock() }), route: () => defaultRoute(files, 'LE') });
}

describe('linux machine', () => {
  it('is read from the files of a Raspberry Pi', async () => {
    const files = createMemorySystemFiles(RASPBERRY);
    files.spaces.set('/', ROOM);
    files.spaces.set('/boot/firmware', { blocks: 100, free: 100, available: 100 });
    files.spaces.set('/mnt/My disk é', { blocks: 100, free: 0, available: 0 });

    expect(await machine(files).read()).toEqual({
      memory: 15,
      swap: 25,
      disks: [
        { folder: '/', usedPercent: 63.16 },
        { folder: '/boot/firmware', usedPercent: 0 },
        { folder: '/mnt/My disk é', usedPercent: 100 },
      ],
      loads: [0.52, 0.38, 0.31],
      temperature: 48.7,
      bootMs: 1795300000000,
      counters: {
        uptimeSeconds: 93784.12,
        boot: '3f0b1c5e-7a0e-4a5a-9a4f-0d7e8b1c2d3e',
        processor: { busy: 319977, total: 37288622 },
        traffic: { interface: 'eth0', received: 987654321, sent: 123456789 },
      },
    } satisfies MachineReading);
  });

  it('has no swap, no temperature and no traffic in a container without them', async () => {
    const files = createMemorySystemFiles(CONTAINER);
    files.spaces.set('/', ROOM);

    expect(await machine(files).read()).toEqual({
      memory: 3.02,
      swap: undefined,
      disks: [{ folder: '/', usedPercent: 63.16 }],
      loads: [1.29, 2.35, 3.1],
      temperature: undefined,
      bootMs: 1795371745000,
      counters: { uptimeSeconds: 8258.1, boot: '', processor: { busy: 978202, total: 1646520 }, traffic: undefined },
    } satisfies MachineReading);
  });

  it('is unknown in everything where no file can be read, or all hold garbage', async () => {
    const nothing = { memory: undefined, swap: undefined, disks: [], loads: undefined, temperature: undefined, bootMs: undefined, counters: undefined };
    const garbage = Object.fromEntries(Object.keys(RASPBERRY).map((path) => [path, 'MemTotal: x kB\n cpu - - \n\0\n: : :\n']));

    expect(await machine(createMemorySystemFiles()).read()).toEqual(nothing);
    expect(await machine(createMemorySystemFiles(garbage)).read()).toEqual(nothing);
  });

  it('takes the hottest of what sensors can mean, and lets disks sleep', async () => {
    const files = createMemorySystemFiles({
      '/sys/class/thermal/thermal_zone0/temp': '-274000\n',
      '/sys/class/thermal/thermal_zone1/temp': '27800\n',
      '/sys/class/hwmon/hwmon0/temp1_input': '255000\n',
      '/sys/class/hwmon/hwmon0/temp2_input': '61850\n',
      '/sys/class/hwmon/hwmon0/temp2_crit': '100000\n',
      '/sys/class/hwmon/hwmon1/name': 'drivetemp\n',
      '/sys/class/hwmon/hwmon1/temp1_input': '70000\n',
    });

    expect((await machine(files).read()).temperature).toBe(61.9);
  });

  it('asks a disk nothing while it has not answered', async () => {
    const clock = createManualClock();
    const files = createMemorySystemFiles({ '/proc/self/mountinfo': '1 0 8:1 / / rw - ext4 /dev/sda1 rw\n' });
    let asked = 0;
    let answer = (): void => undefined;
    files.space = () => {
      asked += 1;
      return new Promise((resolve) => (answer = () => resolve(ROOM)));
    };
    const disks = createDisks({ mounts: () => linuxMounts(files), files, clock });

    const first = disks();
    await clock.advance(1_000);
    expect([await first, await disks(), asked]).toEqual([[], [], 1]);

    answer();
    await clock.advance(0);
    const third = disks();
    await clock.advance(0);
    answer();
    expect(await third).toEqual([{ folder: '/', usedPercent: 63.16 }]);
    expect(asked).toBe(2);
  });

  it('knows memory and processor of kernels that say less', () => {
    expect(memoryOf('MemTotal: 100 kB\nMemFree: 20 kB\nBuffers: 5 kB\nCached: 15 kB\n')).toEqual({ memory: 60, swap: undefined });
    expect(memoryOf('MemTotal: 100 kB\n')).toEqual({ memory: undefined, swap: undefined });
    expect(processorTimeOf('cpu  1 2 3 4\n')).toEqual({ busy: 6, total: 10 });
  });

  it('counts time of guests once', () => {
    expect(processorTimeOf('cpu  10 0 0 10 0 0 0 0 10 0\n')).toEqual({ busy: 10, total: 20 });
  });

  it('takes each file system once', () => {
    const mounts = realMounts('1 0 0:30 /@home /home rw - btrfs /dev/sda2 rw\n2 0 0:30 /@ / rw shared:1 master:2 - btrfs /dev/sda2 rw\n3 0 0:40 / /run rw - overlay o rw\n');

    expect(mounts).toEqual([{ device: '0:30', folder: '/' }]);
  });

  it('is known by the file system of the system alone on macOS and Windows', () => {
    expect(systemMount('darwin', {})).toEqual({ folder: '/' });
    expect(systemMount('win32', { SystemDrive: 'D:' })).toEqual({ folder: 'D:/' });
    expect(systemMount('win32', {})).toEqual({ folder: 'C:/' });
  });
});
