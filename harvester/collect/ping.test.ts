import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { createTroubleLog } from '../log.ts';
import { createRunChild } from './child.ts';
import { createNmapScan } from './nmap.ts';
import { createPing, type Ping } from './ping.ts';

const UNKNOWN = { latency: null, loss: null, jitter: null };
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

async function install(name: string, script: string): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, name), 0o755);
}

describe('ping', () => {
  it("measures the machine's own loopback with the system's ping", async () => {
    const ping = await aPing();

    const quality = await ping('127.0.0.1');

    expect(said, 'apt-get install iputils-ping').toEqual([]);
    expect(quality.loss).toBe(0);
    expect(quality.latency).toBeGreaterThan(0);
    expect(quality.latency).toBeLessThan(1_000);
    expect(quality.jitter).not.toBeNull();
  });

  it('hands the plan and the address over as arguments', async () => {
    const ping = await aPing(`echo "$*" > ${folder}/args; echo "time=1 ms"; echo "3 packets transmitted, 1 received, 66% packet loss"`);

    expect(await ping('10.0.0.1')).toEqual({ latency: 1, loss: 66.667, jitter: null });

    expect(await readFile(join(folder, 'args'), 'utf8')).toBe('-n -c 3 -i 0.2 -W 1 10.0.0.1\n');
  });

  it('calls again without what an old ping does not know, and remembers it', async () => {
    const ping = await aPing(
      `echo call >> ${folder}/calls; case "$*" in *-i*) echo "ping: invalid option -- 'i'" >&2; exit 1;; esac; echo "seq=0 time=2 ms"; echo "3 packets transmitted, 1 packets received, 66% packet loss"`,
    );

    expect((await ping('10.0.0.1')).latency).toBe(2);
    expect((await ping('10.0.0.1')).latency).toBe(2);

    expect(await readFile(join(folder, 'calls'), 'utf8')).toBe('call\ncall\ncall\n');
  });

  it.each([
    ['prints garbage', 'head -c 3000 /dev/urandom; exit 1'],
    ['says it sent more than it was asked to', 'echo "900 packets transmitted, 0 received, 100% packet loss"'],
    ['claims more answers than were asked for', 'for i in 1 2 3 4; do echo "time=1 ms"; done; exit 0'],
    ['may not send', 'echo "ping: socket: Operation not permitted" >&2; exit 2'],
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

    expect(await ping('10.0.0.1')).toEqual({ latency: 4, loss: null, jitter: null });
  });

  it('knows nothing where there is no ping, and says what to install', async () => {
    const ping = createPing({
      run: runIn(folder),
      platform: 'linux',
      plan: { count: 1, spacingMs: 200, waitMs: 100 },
      troubles: createTroubleLog({ debug: () => undefined, info: () => undefined, warn: (message) => said.push(message), error: () => undefined }),
    });

    expect(await ping('127.0.0.1')).toEqual(UNKNOWN);
    expect(said[0]).toContain('install iputils-ping');
  });
});

describe('nmap', () => {
  const subnet = { address: '127.0.0.1', prefix: 32 };

  it('really scans, and finds this machine', async () => {
    const scan = createNmapScan(runIn(process.env['PATH'] ?? ''));

    const found = await scan(subnet, 60_000);

    expect(found, 'apt-get install nmap').toEqual({ ok: true, value: [{ ip: '127.0.0.1' }] });
  });

  it.each([
    ['is missing', undefined, { ok: 'missing' }],
    ['hangs', 'exec sleep 600', { ok: false, errors: [{ message: 'nmap took longer than 1 s' }] }],
    ['prints megabytes', 'exec yes', { ok: false, errors: [{ message: 'nmap printed more than 4 MiB' }] }],
    ['fails', 'echo "no route" >&2; exit 1', { ok: false, errors: [{ message: 'nmap ended with code 1: no route' }] }],
    ['is killed while it writes', "echo '<nmaprun><host>'", { ok: false }],
  ])('gives no count when it %s', async (_what, script, expected) => {
    if (script !== undefined) await install('nmap', script);
    const scan = createNmapScan(runIn(script === undefined ? folder : `${folder}:/usr/bin:/bin`));

    expect(await scan(subnet, script === 'exec sleep 600' ? 1_000 : 30_000)).toMatchObject(expected);
  });
});
