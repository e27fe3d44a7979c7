import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { refused } from '../../../protocol/decoded.ts';
import type { Host } from '../../../protocol/report.ts';
import { systemClock } from '../../clock.ts';
import { createManualClock } from '../../manual-clock.ts';
import { createTcpConnect, type TcpConnect } from '../tcp-connect.ts';
import { createFullScan, type FullScanDeps } from './full-scan.ts';
import { createAddNames } from './names.ts';
import { createAddPorts } from './ports.ts';

const SUBNET = { address: '10.0.0.0', prefix: 24 };

function scanWith(deps: Partial<FullScanDeps>) {
  const scan = createFullScan({
    nmap: () => Promise.resolve({ ok: 'missing' }),
    sweep: () => Promise.resolve({ ok: true, value: [{ ip: '10.0.0.2', mac: '02:00:00:00:00:02' }] }),
    neighbours: () => Promise.resolve({ ok: true, value: new Map() }),
    ownHosts: () => [],
    addNames: (hosts) => Promise.resolve([...hosts]),
    addPorts: undefined,
    clock: createManualClock(),
    ...deps,
  });
  return scan(SUBNET, 60_000);
}

describe('full scan', () => {
  it('completes what nmap could not see from the neighbour table, and tells this machine by itself', async () => {
    const found = await scanWith({
      nmap: () => Promise.resolve({ ok: true, value: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }, { ip: '10.0.0.3', mac: '02:00:00:00:00:03', vendor: 'Acme' }, { ip: '10.0.0.4' }] }),
      neighbours: () => Promise.resolve({ ok: true, value: new Map([['10.0.0.2', '02:00:00:00:00:02'], ['10.0.0.3', '02:ff:ff:ff:ff:ff']]) }),
      ownHosts: () => [{ ip: '10.0.0.1', mac: '02:00:00:00:00:01' }],
    });

    expect(found).toEqual({
      ok: true,
      value: [
        { ip: '10.0.0.1', mac: '02:00:00:00:00:01' },
        { ip: '10.0.0.2', mac: '02:00:00:00:00:02' },
        { ip: '10.0.0.3', mac: '02:00:00:00:00:03', vendor: 'Acme' },
        { ip: '10.0.0.4' },
      ],
    });
  });

  it('sweeps where there is no nmap, not where nmap failed', async () => {
    expect(await scanWith({})).toEqual({ ok: true, value: [{ ip: '10.0.0.2', mac: '02:00:00:00:00:02' }] });
    expect(await scanWith({ nmap: () => Promise.resolve(refused('nmap broke')) })).toMatchObject({ ok: false });
  });

  it('leaves ports what time there is', async () => {
    const clock = createManualClock();
    let leftMs = NaN;
    const scan = scanWith({
      clock,
      sweep: () => new Promise((resolve) => clock.after(13_000, () => resolve({ ok: true, value: [] }))),
      addPorts: (hosts, deadlineMs) => {
        leftMs = deadlineMs;
        return Promise.resolve([...hosts]);
      },
    });
    await clock.advance(13_000);
    await scan;

    expect(leftMs).toBe(47_000);
  });
});

describe('names of hosts', () => {
  const hosts: Host[] = [{ ip: '10.0.0.1', mac: '02:00:00:00:00:01' }, { ip: '10.0.0.2' }, { ip: '10.0.0.3' }];

  it('are those of the reverse DNS, fit for a report; who has none goes without', async () => {
    const names: Record<string, string> = { '10.0.0.1': 'printer.office.example.', '10.0.0.2': `${'\u0007x'.repeat(300)}\ud800` };
    const addNames = createAddNames({
      reverse: (ip) => (names[ip] === undefined ? Promise.reject(new Error('ENOTFOUND')) : Promise.resolve([names[ip]])),
      clock: createManualClock(),
    });

    expect(await addNames(hosts)).toEqual([
      { ip: '10.0.0.1', mac: '02:00:00:00:00:01', name: 'printer.office.example' },
      { ip: '10.0.0.2', name: 'x'.repeat(255) },
      { ip: '10.0.0.3' },
    ]);
  });

  it('are waited for no longer than five seconds in all', async () => {
    const clock = createManualClock();
    const addNames = createAddNames({ reverse: (ip) => (ip === '10.0.0.1' ? Promise.resolve(['a.example']) : new Promise(() => undefined)), clock });

    const named = addNames(hosts);
    await clock.advance(5_000);

    expect((await named).map(({ name }) => name)).toEqual(['a.example', undefined, undefined]);
    expect(clock.pending()).toBe(0);
  });
});

describe('ports of hosts', () => {
  it('are those that take a connection', async () => {
    const server = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port: closedPort } = closed.address() as AddressInfo;
    closed.close();
    await once(closed, 'close');
    const addPorts = createAddPorts({ ports: [port, closedPort], connect: createTcpConnect(systemClock), clock: systemClock });

    const found = await addPorts([{ ip: '127.0.0.1', vendor: 'Acme' }], 30_000);
    server.close();

    expect(found).toEqual([{ ip: '127.0.0.1', vendor: 'Acme', ports: [port] }]);
  });

  it('are tried at 64 places at a time, and not at all hosts when time is up', async () => {
    const clock = createManualClock();
    let [underWay, most] = [0, 0];
    const connect: TcpConnect = (_address, _port, deadlineMs) =>
      new Promise((resolve) => {
        most = Math.max(most, (underWay += 1));
        clock.after(deadlineMs, () => {
          underWay -= 1;
          resolve({ kind: 'silent' });
        });
      });
    const many: Host[] = Array.from({ length: 200 }, (_, at) => ({ ip: `10.0.0.${at}` }));

    const found = createAddPorts({ ports: [22], connect, clock })(many, 3_000);
    await clock.advance(3_000);

    expect((await found).filter(({ ports }) => ports !== undefined)).toHaveLength(128);
    expect(most).toBe(64);
    expect(clock.pending()).toBe(0);
  });
});
