import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { refused } from '../../../protocol/decoded.ts';
import { systemClock } from '../../clock.ts';
import { createTroubleLog } from '../../log.ts';
import { createManualClock } from '../../manual-clock.ts';
import { createKnock } from './knock.ts';
import type { Neighbours } from './neighbours.ts';
import { createOwnHosts } from './own-hosts.ts';
import type { InterfaceAddress, Subnet } from './subnet.ts';
import { createSweep } from './sweep.ts';

const OWN: InterfaceAddress = { address: '10.1.5.7', family: 'IPv4', cidr: '10.1.5.7/16', internal: false, mac: '02:00:00:00:00:07' };
const TABLE = new Map([
  ['10.1.5.40', '02:00:00:00:00:40'],
  ['10.1.5.9', '02:00:00:00:00:09'],
  ['10.1.200.1', '02:00:00:00:02:01'],
  ['192.168.7.7', '02:00:00:00:07:07'],
]);

async function swept(subnet: Subnet, { neighbours = () => Promise.resolve({ ok: true, value: TABLE }) }: { neighbours?: Neighbours } = {}) {
  const clock = createManualClock();
  const [knocked, told] = [[] as string[], [] as string[]];
  const say = (message: string): void => void told.push(message);
  let readAtMs = NaN;
  const sweep = createSweep({
    neighbours(signal) {
      readAtMs = clock.monotonic();
      return neighbours(signal);
    },
    knock(addresses) {
      knocked.push(...addresses);
      return Promise.resolve();
    },
    ownHosts: createOwnHosts(() => ({ eth0: [OWN] })),
    clock,
    troubles: createTroubleLog({ debug: say, info: say, warn: say, error: say }),
  });
  const found = sweep(subnet, 45_000);
  await clock.advance(20_000);
  return { found: await found, knocked, told, readAtMs };
}

describe('sweep', () => {
  it('knocks at each address but the own one, and reads the table when it has settled', async () => {
    const { found, knocked, readAtMs, told } = await swept({ address: '10.1.5.0', prefix: 24 });

    expect(found).toEqual({
      ok: true,
      value: [
        { ip: '10.1.5.7', mac: '02:00:00:00:00:07' },
        { ip: '10.1.5.9', mac: '02:00:00:00:00:09' },
        { ip: '10.1.5.40', mac: '02:00:00:00:00:40' },
      ],
    });
    expect(knocked).toHaveLength(253);
    expect(knocked).not.toContain('10.1.5.7');
    expect([knocked[0], knocked.at(-1)]).toEqual(['10.1.5.1', '10.1.5.254']);
    expect(readAtMs).toBe(10_000);
    expect(told).toEqual([]);
  });

  it('knocks at no more than the /24 around this machine, and says so', async () => {
    const { found, knocked, told } = await swept({ address: '10.1.0.0', prefix: 16 });

    expect(knocked).toHaveLength(253);
    expect(new Set(knocked.map((ip) => ip.split('.').slice(0, 3).join('.')))).toEqual(new Set(['10.1.5']));
    expect(found).toMatchObject({ ok: true, value: { length: 4, 3: { ip: '10.1.200.1' } } });
    expect(told).toEqual(['without nmap, of the LAN 10.1.0.0/16 only 10.1.5.0/24 is looked through']);
  });

  it('refuses a network behind a router, where nobody answers ARP', async () => {
    const { found, knocked } = await swept({ address: '10.9.9.0', prefix: 24 });

    expect(found).toMatchObject({ ok: false, errors: [{ message: expect.stringContaining('install nmap') }] });
    expect(knocked).toEqual([]);
  });

  it('knows nothing where the table cannot be read', async () => {
    const { found } = await swept({ address: '10.1.5.0', prefix: 24 }, { neighbours: () => Promise.resolve(refused('no table')) });

    expect(found).toEqual({ ok: false, errors: [{ path: '', message: 'no table' }] });
  });
});

describe('knock', () => {
  it('sends one empty datagram to each address, and minds none that cannot be reached', async () => {
    const receiver = createSocket('udp4');
    receiver.bind(0, '127.0.0.9');
    await once(receiver, 'listening');
    const sizes: number[] = [];
    receiver.on('message', (message) => sizes.push(message.length));

    await createKnock(systemClock, receiver.address().port)(['255.255.255.255', '127.0.0.9', '127.0.0.10']);

    await expect.poll(() => sizes).toEqual([0]);
    receiver.close();
  });

  it('stops when told to', async () => {
    await createKnock(systemClock)(Array.from({ length: 100_000 }, () => '127.0.0.9'), AbortSignal.timeout(50));
  });
});
