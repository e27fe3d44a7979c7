import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../clock.ts';
import { createTroubleLog } from '../../log.ts';
import { createRunChild } from '../child.ts';
import { createPing, type Ping } from './ping.ts';
import type { LineQuality } from './round-trips.ts';

const UNKNOWN = { kind: 'measured', quality: { latency: null, loss: null, jitter: null } };
let folder: string;
let said: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'harvester-ping-'));
  said = [];
});
afterEach(() => rm(folder, { recursive: true }));

const runIn = (path: string) =>
  createRunChild({
    environment: { PATH: path },
    platform: process.platform,
    clock: systemClock,
    kill: (pid, signal) => void process.kill(pid, signal),
  });

/** A `ping` of the machine's, or one that is this shell script. */
async function aPing(script?: string, count = 3): Promise<Ping> {
  if (script !== undefined) await install('ping', script);
  const say = (message: string): void => void said.push(message);
  return createPing({
    run: runIn(script === undefined ? (process.env['PATH'] ?? '') : `${folder}:/usr/bin:/bin`),
    platform: 'linux',
    plan: { count, spacingMs: 200, waitMs: 1_000 },
    troubles: createTroubleLog({ debug: say, info: say, warn: say, error: say }),
  });
}

async function measured(ping: Ping, address: string): Promise<LineQuality> {
  const pinged = await ping(address);
  if (pinged.kind === 'unusable') throw new Error(`ping cannot be used: ${pinged.reason}`);
  return pinged.quality;
}

async function install(name: string, script: string): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, name), 0o755);
}

describe('ping', () => {
  it("measures the machine's own loopback with the system's ping", async () => {
    const ping = await aPing();

    const quality = await measured(ping, '127.0.0.1');

    expect(said, 'apt-get install iputils-ping').toEqual([]);
    expect(quality.loss).toBe(0);
    expect(quality.latency).toBeGreaterThan(0);
    expect(quality.latency).toBeLessThan(1_000);
    expect(quality.jitter).not.toBeNull();
  });

  it('hands the plan and the address over as arguments', async () => {
    const ping = await aPing(`echo "$*" > ${folder}/args; echo "time=1 ms"; echo "3 packets transmitted, 1 received, 66% packet loss"`);

    expect(await measured(ping, '10.0.0.1')).toEqual({ latency: 1, loss: 66.667, jitter: null });

    expect(await readFile(join(folder, 'args'), 'utf8')).toBe('-n -c 3 -i 0.2 -W 1 10.0.0.1\n');
  });

  it('calls again without what an old ping does not know, and remembers it', async () => {
    const ping = await aPing(
      `echo call >> ${folder}/calls; case "$*" in *-i*) echo "ping: invalid option -- 'i'" >&2; exit 1;; esac; echo "seq=0 time=2 ms"; echo "3 packets transmitted, 1 packets received, 66% packet loss"`,
    );

    expect((await measured(ping, '10.0.0.1')).latency).toBe(2);
    expect((await measured(ping, '10.0.0.1')).latency).toBe(2);

    expect(await readFile(join(folder, 'calls'), 'utf8')).toBe('call\ncall\ncall\n');
  });

  it.each([
    ['prints garbage', 'head -c 3000 /dev/urandom; exit 1'],
    ['says it sent more than it was asked to', 'echo "900 packets transmitted, 0 received, 100% packet loss"'],
    ['claims more answers than were asked for', 'for i in 1 2 3 4; do echo "time=1 ms"; done; exit 0'],
    ['is refused by the network', 'echo "ping: connect: Network is unreachable" >&2; exit 2'],
  ])('knows nothing when ping %s, and says so once', async (_what, script) => {
    const ping = await aPing(script);

    expect(await ping('10.0.0.1')).toEqual(UNKNOWN);
    expect(await ping('10.0.0.1')).toEqual(UNKNOWN);

    expect(new Set(said).size).toBe(said.length);
    expect(said[0]).toContain('ping gives no measurement');
  });

  it('knows nothing when ping prints megabytes', async () => {
    const ping = await aPing('exec yes "time=1 ms"');

    expect(await ping('10.0.0.1')).toEqual(UNKNOWN);
    expect(said[0]).toContain('printed more than 256 KiB');
  });

  it('ends a ping that hangs, and knows what it had said', async () => {
    const ping = await aPing('echo "seq=1 time=4 ms"; exec sleep 600');

    expect(await measured(ping, '10.0.0.1')).toEqual({ latency: 4, loss: null, jitter: null });
  });

  it.each([
    ['iputils', 'echo "ping: socktype: SOCK_RAW" >&2; echo "ping: socket: Operation not permitted" >&2; exit 2'],
    ['iputils without capabilities', 'echo "ping: icmp open socket: Operation not permitted" >&2; exit 2'],
    ['BusyBox', 'echo "ping: permission denied (are you root?)" >&2; exit 1'],
    ['a BSD', 'echo "ping: Lacking privilege for icmp socket." >&2; exit 71'],
  ])('cannot be used where %s has no right to send', async (_what, script) => {
    const ping = await aPing(script);

    expect(await ping('10.0.0.1')).toMatchObject({ kind: 'unusable', reason: expect.stringContaining('and said: ping: ') });
    expect(said).toEqual([]);
  });

  it('still tells the loss where the firewall of this machine keeps requests back', async () => {
    const ping = await aPing('echo "ping: sendmsg: Operation not permitted" >&2; echo "3 packets transmitted, 0 received, 100% packet loss"; exit 1');

    expect(await measured(ping, '10.0.0.1')).toEqual({ latency: null, loss: 100, jitter: null });
  });

  it('cannot be used where there is none, and says what to install', async () => {
    const ping = createPing({
      run: runIn(folder),
      platform: 'linux',
      plan: { count: 1, spacingMs: 200, waitMs: 100 },
      troubles: createTroubleLog({ debug: () => undefined, info: () => undefined, warn: (message) => said.push(message), error: () => undefined }),
    });

    expect(await ping('127.0.0.1')).toMatchObject({ kind: 'unusable', reason: expect.stringContaining('install iputils-ping') });
  });
});
