import { describe, expect, it } from 'vitest';
import { decodeReport } from '../../../protocol/report.ts';
import type { HealthView } from './health.ts';
import { metricsOf } from './metrics.ts';

const UNKNOWN: HealthView = {
  memory: undefined,
  swap: undefined,
  disks: [],
  loads: undefined,
  temperature: undefined,
  bootMs: undefined,
  counters: undefined,
  rates: { cpu: undefined, rx: undefined, tx: undefined },
};

describe('metrics', () => {
  it('hold what is known, the own last, and leave out the rest', () => {
    const health: HealthView = {
      ...UNKNOWN,
      memory: 0,
      disks: [
        { folder: '/', usedPercent: 40 },
        { folder: '/mnt/My disk é', usedPercent: 90 },
      ],
      loads: [1, 2, 3],
      counters: { uptimeSeconds: 12.9, boot: '', processor: undefined, traffic: undefined },
      rates: { cpu: 7, rx: 1, tx: undefined },
    };

    const { metrics, left } = metricsOf(health, [
      ['ups', 1],
      ['memory', 99],
      ['ups', 2],
      ['temperature', 30],
    ]);

    expect(Object.entries(metrics).map(([name, value]) => `${name} ${value}`)).toEqual(
      ['cpu 7', 'memory 0', 'disk 90', 'load1 1', 'load5 2', 'load15 3', 'rx 1', 'uptime 12', 'disk:/ 40', 'disk:/mnt/My_disk__ 90', 'ups 1', 'temperature 30'],
    );
    expect(left).toBe(0);
  });

  it('are empty where nothing is known', () => {
    expect(metricsOf(UNKNOWN, [])).toEqual({ metrics: {}, left: 0 });
  });

  it('are never more, nor of other names, than Nester takes; own ones give way', () => {
    const disks = Array.from({ length: 32 }, (_, at) => ({ folder: `/${at}/${'ü €'.repeat(40)}`, usedPercent: 1 }));
    const own = Array.from({ length: 40 }, (_, at) => [`own${at}`, at] as const);

    const { metrics, left } = metricsOf({ ...UNKNOWN, disks }, own);

    expect(decodeReport({ node: 'a', metrics }, 0)).toMatchObject({ ok: true });
    expect(Object.keys(metrics)).toHaveLength(64);
    expect(metrics).toHaveProperty('own30', 30);
    expect(left).toBe(9);
  });
});
