import { expect, it } from 'vitest';
import type { Report } from '../protocol/report.ts';
import { formatReport } from './report-text.ts';

const REPORT: Report = {
  node: 'lyon-01',
  timestamp: '2026-11-22T08:00:00.000Z',
  ip: null,
  devices: 2,
  latency: 3.4,
  loss: 0,
  jitter: null,
  interval: 300,
  metrics: { cpu: 12.5, 'disk:/var': 80 },
  targets: [{ name: 'gateway', latency: 0.4, loss: 10, jitter: 0.1 }],
  hosts: [{ ip: '10.0.0.1', mac: '00:11:22:33:44:55', vendor: 'Acme', name: 'rou\u001b[2Jter', ports: [22, 443] }, { ip: '10.0.0.20' }],
  labels: { city: 'Lyon' },
  agent: { version: '1', mode: 'once', kept: 0, dropped: 0, pausedUntil: '2026-11-22T10:00:00.000Z', pausedWhy: 'swapping the UPS' },
};

it('shows a person every field of a report, in columns, and nothing that moves a cursor', () => {
  expect(formatReport(REPORT)).toBe(`node       lyon-01
timestamp  2026-11-22T08:00:00.000Z
interval   300 s
ip         unknown
devices    2

line
               latency  loss  jitter
  main target  3.4 ms   0 %   none
  gateway      0.4 ms   10 %  0.1 ms

metrics
  cpu        12.5
  disk:/var  80

labels
  city  Lyon

hosts
  10.0.0.1   00:11:22:33:44:55  Acme  rou [2Jter  22 443
  10.0.0.20

agent
  version      1
  mode         once
  kept         0
  dropped      0
  pausedUntil  2026-11-22T10:00:00.000Z
  pausedWhy    swapping the UPS
`);
});

it('shows little of a report that says little', () => {
  expect(formatReport({ node: 'a' })).toBe(`node      a
interval  none
ip        unknown
devices   not scanned

line
               latency  loss  jitter
  main target  none     none  none
`);
});
