import { describe, expect, it } from 'vitest';
import { createQuietLog, createTroubleLog } from '../../log.ts';
import { createManualClock } from '../../manual-clock.ts';
import type { Pinged } from './ping.ts';
import { createProbe } from './probe.ts';
import { USUAL_DOORS } from './tcp-ping.ts';

const BY_PING = { latency: 1, loss: 0, jitter: 0 };
const BY_TCP = { latency: 2, loss: 10, jitter: 1 };
const UNKNOWN = { latency: null, loss: null, jitter: null };

function aProbe(ping: () => Pinged, tcp = BY_TCP as typeof BY_TCP | typeof UNKNOWN) {
  const [clock, log, told] = [createManualClock(), createQuietLog(), [] as string[]];
  let pings = 0;
  const probe = createProbe({
    ping: () => {
      pings += 1;
      return Promise.resolve(ping());
    },
    tcpPing: () => Promise.resolve(tcp),
    clock,
    troubles: createTroubleLog({ ...log, info: (message) => told.push(message) }),
  });
  return { probe: () => probe('10.0.0.1', USUAL_DOORS), clock, told, problems: log.problems, pings: () => pings };
}

describe('probe', () => {
  it('says how it measured', async () => {
    expect(await aProbe(() => ({ kind: 'measured', quality: BY_PING })).probe()).toEqual({ ...BY_PING, method: 'icmp' });
    expect(await aProbe(() => ({ kind: 'unusable', reason: 'none' })).probe()).toEqual({ ...BY_TCP, method: 'tcp' });
  });

  it('names no method for what it does not know', async () => {
    expect(await aProbe(() => ({ kind: 'measured', quality: UNKNOWN })).probe()).toEqual(UNKNOWN);
    expect(await aProbe(() => ({ kind: 'unusable', reason: 'none' }), UNKNOWN).probe()).toEqual(UNKNOWN);
  });

  it('measures by TCP only where ping cannot be used, not where it found nothing out', async () => {
    const { probe, pings } = aProbe(() => ({ kind: 'measured', quality: UNKNOWN }));

    expect(await probe()).toEqual(UNKNOWN);
    expect(await probe()).toEqual(UNKNOWN);

    expect(pings()).toBe(2);
  });

  it('tells once why it measures by TCP, as no trouble to be mailed, and asks for ping again after a while', async () => {
    let isInstalled = false;
    const { probe, clock, told, problems, pings } = aProbe(() =>
      isInstalled ? { kind: 'measured', quality: BY_PING } : { kind: 'unusable', reason: 'there is no such program' },
    );
    for (let round = 0; round < 10; round++) await probe();
    isInstalled = true;
    await clock.advance(10 * 60_000);

    expect(await probe()).toMatchObject({ method: 'icmp' });

    expect(pings()).toBe(2);
    expect(told).toEqual(['the line is measured by TCP connections, since ping cannot be used: there is no such program']);
    expect(problems).toEqual([]);
  });
});
