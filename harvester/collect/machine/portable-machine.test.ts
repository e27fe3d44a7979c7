import { describe, expect, it } from 'vitest';
import { createPortableMachine, type OsFacts } from './portable-machine.ts';

const NOW = 1_795_300_000_000;
const FACTS: OsFacts = {
  totalmem: () => 8000,
  freemem: () => 2000,
  loadavg: () => [1.234, 0.5, 0],
  uptime: () => 3600,
  cpus: () => [
    { times: { user: 10, nice: 0, sys: 5, idle: 80, irq: 5 } },
    { times: { user: 0, nice: 0, sys: 0, idle: 100, irq: 0 } },
  ],
};

const disks = () => Promise.resolve([{ folder: '/', usedPercent: 40 }]);

describe('machine without /proc', () => {
  it('tells what Node knows, and leaves out the rest', async () => {
    expect(await createPortableMachine({ os: FACTS, disks, platform: 'darwin', now: () => NOW }).read()).toEqual({
      memory: 75,
      swap: undefined,
      disks: [{ folder: '/', usedPercent: 40 }],
      loads: [1.23, 0.5, 0],
      temperature: undefined,
      bootMs: NOW - 3_600_000,
      counters: { uptimeSeconds: 3600, boot: '', processor: { busy: 20, total: 200 }, traffic: undefined },
    });
  });

  it('has no load averages on Windows, where Node says 0', async () => {
    expect((await createPortableMachine({ os: FACTS, disks, platform: 'win32', now: () => NOW }).read()).loads).toBeUndefined();
  });

  it('says the same start although the system rounds', async () => {
    let [now, uptime] = [NOW, 3600];
    const machine = createPortableMachine({ os: { ...FACTS, uptime: () => uptime }, disks, platform: 'win32', now: () => now });
    await machine.read();
    [now, uptime] = [NOW + 10_700, 3610];

    expect((await machine.read()).bootMs).toBe(NOW - 3_600_000);
  });

  it('knows nothing where the system forbids to ask', async () => {
    const forbidden = (): never => {
      throw new Error('EPERM');
    };
    const os: OsFacts = { totalmem: forbidden, freemem: forbidden, loadavg: forbidden, uptime: forbidden, cpus: forbidden };

    const { memory, loads, bootMs, counters } = await createPortableMachine({ os, disks, platform: 'darwin', now: () => NOW }).read();

    expect([memory, loads, bootMs, counters]).toEqual([undefined, undefined, undefined, undefined]);
  });
});
