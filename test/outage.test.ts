import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeRecord } from '../harvester/outbox/record.ts';
import { LIMITS } from '../protocol/limits.ts';
import type { StoredReport } from '../protocol/report.ts';
import { createNetwork, type Machine, type Network } from './support/network.ts';
import { makeFolder, type Running, type RunningNester, startAgent, startNester } from './support/program.ts';
import { until } from './support/requests.ts';
import { mountSmallDisk, type SmallDisk } from './support/small-disk.ts';

/**
 * Everything goes wrong at once: a long outage with a large backlog, an agent that is killed
 * twice, a full disk, a Nester that is killed. Then everything is mended, and nothing is missing.
 *
 * What was measured is known from outside: each round runs a program that counts on a disk of
 * its own, and each report carries that number.
 */

/** Rounds of an outage are 1 s apart; `NESTER_TEST_OUTAGE_S=300` makes it a real one. */
const OUTAGE_S = Number(process.env['NESTER_TEST_OUTAGE_S'] ?? '24');
const INTERVAL_MS = 1_000;
const BACKLOG = 10_000;
/** Room for few of the rounds: the bound drops the oldest, and counts them. */
const KEEP = BACKLOG + 8;
const PATIENCE_MS = 90_000;
const NODE = 'outage';
const ADDRESSES = { site: '10.50.0.2', router: '10.50.0.1', wan: '10.60.0.1', nester: '10.60.0.2' };

let network: Network;
let site: Machine;
let router: Machine;
let far: Machine;
let disk: SmallDisk;
const [stateDir, dataDir, customDir] = [makeFolder('state'), makeFolder('data'), makeFolder('custom')];
const counter = join(customDir, '.rounds');

beforeAll(() => {
  network = createNetwork();
  [site, router, far] = [network.add('site'), network.add('router'), network.add('nester')];
  network.connect([site, 'eth0'], [router, 'lan']);
  network.connect([router, 'wan'], [far, 'eth0']);
  site.ip('address', 'add', `${ADDRESSES.site}/24`, 'dev', 'eth0');
  router.ip('address', 'add', `${ADDRESSES.router}/24`, 'dev', 'lan');
  router.ip('address', 'add', `${ADDRESSES.wan}/24`, 'dev', 'wan');
  far.ip('address', 'add', `${ADDRESSES.nester}/24`, 'dev', 'eth0');
  site.ip('route', 'add', 'default', 'via', ADDRESSES.router);
  far.ip('route', 'add', 'default', 'via', ADDRESSES.wan);
  router.run('sysctl', '-qw', 'net.ipv4.ip_forward=1');
  disk = mountSmallDisk(stateDir, 24);
});
afterAll(async () => {
  await network[Symbol.asyncDispose]();
  disk[Symbol.dispose]();
});

/** Packets to Nester vanish without a word. */
const cut = (): string => router.ip('route', 'add', 'blackhole', `${ADDRESSES.nester}/32`);
const mend = (): string => router.ip('route', 'del', 'blackhole', `${ADDRESSES.nester}/32`);
const startFar = (port = 0): Promise<RunningNester> =>
  startNester({ under: far.under, dataDir, env: { NESTER_HOST: '0.0.0.0', NESTER_PORT: String(port) } });

/** How many rounds have begun. */
const rounds = (): number => (existsSync(counter) ? Number(readFileSync(counter, 'utf8')) : 0);
/** Numbers of the rounds whose reports are in the outbox's file, delivered or not. */
function roundsOnDisk(): Set<number> {
  const text = readFileSync(join(stateDir, 'outbox.spool'), 'utf8');
  return new Set(Array.from(text.matchAll(/"round":(\d+)/g), ([, round]) => Number(round)));
}

function installCounter(): void {
  const program = join(customDir, 'count');
  // In one step: a count that is seen is whole.
  writeFileSync(program, `#!/bin/sh\nn=$(($(cat '${counter}' 2>/dev/null || echo 0) + 1))\necho $n > '${counter}.new' && mv '${counter}.new' '${counter}'\necho "round $n"\n`);
  chmodSync(program, 0o755);
}

/** As an agent left it that was cut off for an hour. */
function seedBacklog(): void {
  const beganMs = Date.now() - 3_600_000;
  const lines = Array.from({ length: BACKLOG }, (_, at) => {
    const timestampMs = beganMs + at * 300;
    const report = { node: NODE, timestamp: new Date(timestampMs).toISOString(), interval: 1, metrics: { seed: at + 1 } };
    return encodeRecord({ kind: 'report', seq: at + 1, timestampMs, json: JSON.stringify(report) });
  });
  writeFileSync(join(stateDir, 'outbox.spool'), Buffer.concat(lines));
}

function reportsInFile(): StoredReport[] {
  return JSON.parse(readFileSync(join(dataDir, 'data.json'), 'utf8')) as StoredReport[];
}

async function agentCount(port: number): Promise<number> {
  const text = await far.runAsync('curl', '-sS', '--max-time', '30', `http://127.0.0.1:${port}/api/nodes`);
  const [node] = JSON.parse(text) as { metrics: Record<string, number> }[];
  return node?.metrics['round'] ?? 0;
}

describe(`an outage of ${OUTAGE_S} s with ${BACKLOG} reports waiting`, () => {
  it('loses nothing but what the bound dropped and counted, keeps the order, and lets fresh reports through at once', { timeout: (OUTAGE_S + 240) * 1000 }, async () => {
    let nester = await startFar();
    const { port } = nester;
    installCounter();
    seedBacklog();
    cut();
    const env = {
      NESTER: `http://${ADDRESSES.nester}:${port}`,
      HARVESTER_NODE: NODE,
      HARVESTER_STATE_DIR: stateDir,
      HARVESTER_CUSTOM_DIR: customDir,
      HARVESTER_INTERVAL: String(INTERVAL_MS / 1000),
      HARVESTER_PINGS: '1',
      HARVESTER_SCAN: 'off',
      HARVESTER_KEEP: String(KEEP),
    };
    const begin = (): Running => startAgent({ env, under: site.under });
    const part = Math.max(5, Math.floor(OUTAGE_S / 4));
    /** Rounds that were under way when the agent was killed: they never became reports. */
    const interrupted: number[] = [];
    const passRounds = (count: number): Promise<void> => {
      const enough = rounds() + count;
      return until(`${count} rounds more`, () => rounds() >= enough, (count + 30) * 1000);
    };
    async function killAgent(agent: Running): Promise<void> {
      await agent.kill();
      const kept = roundsOnDisk();
      for (let round = 1; round <= rounds(); round++) if (!kept.has(round) && !known.has(round)) interrupted.push(round);
      for (const round of kept) known.add(round);
      for (const round of interrupted) known.add(round);
    }
    const known = new Set<number>();

    let agent = begin();
    await passRounds(part);
    await killAgent(agent);

    agent = begin();
    await passRounds(part);
    disk.fill();
    await until('the agent says that it keeps in memory', () => agent.stderr().includes('are kept in memory only'), PATIENCE_MS);
    await passRounds(part);
    const inMemory = rounds() - 1;
    expect(roundsOnDisk().has(inMemory), 'the disk was full').toBe(false);
    disk.makeRoom();
    await until('what was in memory is on disk', () => roundsOnDisk().has(inMemory), PATIENCE_MS);
    // It is on disk a moment before that is said.
    await until('the agent says so', () => agent.stderr().includes('can be written again'), PATIENCE_MS);
    await nester.kill();
    await killAgent(agent);

    nester = await startFar(port);
    agent = begin();
    await passRounds(part);
    const beforeMend = rounds();
    const mendMs = Date.now();
    mend();
    await until('a fresh report is there', async () => (await agentCount(port)) > beforeMend, PATIENCE_MS);
    const freshMs = Date.now() - mendMs;

    await until('a part of the backlog is there', () => (reportsInFileOr([])).length > BACKLOG / 4, PATIENCE_MS);
    await nester.kill();
    nester = await startFar(port);
    const all = (): number => new Set(reportsInFileOr([]).map(({ timestamp }) => timestamp)).size;
    await until('all of it is there', () => waits(reportsInFileOr([])) === 0 && all() > BACKLOG, PATIENCE_MS);
    const drainedMs = Date.now() - mendMs;
    await passRounds(3);
    expect(await agent.stop()).toBe(0);
    const last = rounds();
    await nester.stop();

    const reports = reportsInFile();
    const identities = new Set(reports.map(({ timestamp }) => timestamp));
    expect(identities.size, 'reports stored twice').toBe(reports.length);
    const seeds = reports.flatMap(({ metrics }) => metrics?.['seed'] ?? []);
    const measured = reports.flatMap(({ metrics }) => metrics?.['round'] ?? []);
    const dropped = reports.reduce((most, { agent: who }) => Math.max(most, who?.dropped ?? 0), 0);
    const expected = Array.from({ length: last }, (_, at) => at + 1).filter((round) => !interrupted.includes(round));

    const figures = { outageSeconds: OUTAGE_S, rounds: last, interrupted: interrupted.length, dropped, freshMs, drainedMs };
    console.log(JSON.stringify(figures));
    expect(interrupted.length, 'rounds cut short by two kills').toBeLessThanOrEqual(2);
    // Dropped are the oldest but those that were on their way, all of them seeds, and the count is exact.
    expect(dropped).toBeGreaterThan(0);
    const arrived = new Set(seeds);
    const missing = Array.from({ length: BACKLOG }, (_, at) => at + 1).filter((seed) => !arrived.has(seed));
    expect(missing).toHaveLength(dropped);
    const spared = seeds.filter((seed) => seed < (missing.at(-1) ?? 0));
    expect(spared.length, 'on their way at once').toBeLessThanOrEqual(LIMITS.inFlight);
    expect(seeds.filter((seed, at) => seed <= (seeds[at - 1] ?? 0)), 'seeds behind a later one').toEqual([]);
    // The last round may have been under way when the agent was told to stop.
    expect(measured.toSorted((a, b) => a - b)).toEqual(measured.includes(last) ? expected : expected.filter((round) => round !== last));
    // Those that were on the way when the line came back were fresh; the rest comes in its order.
    const waited = reports.filter(({ timestamp }) => Date.parse(timestamp) < mendMs).map(({ timestamp }) => timestamp);
    expect(outOfOrder(waited)).toBeLessThanOrEqual(4);
    expect(freshMs, 'from the repair to the first fresh report').toBeLessThan(2 * INTERVAL_MS + 1_000);
    const fresh = reports.filter(({ timestamp, metrics }) => metrics?.['round'] !== undefined && Date.parse(timestamp) > mendMs);
    expect(fresh.length).toBeGreaterThan(2);
  });
});

function reportsInFileOr(fallback: StoredReport[]): StoredReport[] {
  try {
    return reportsInFile();
  } catch {
    // Caught in the middle of a write, or not there yet.
    return fallback;
  }
}

/** How many reports waited when the newest was made. */
function waits(reports: readonly StoredReport[]): number {
  const newest = reports.toSorted((a, b) => (a.timestamp < b.timestamp ? 1 : -1))[0];
  return newest?.agent?.kept ?? Infinity;
}

/** How many would have to be taken away for the rest to be in order. */
function outOfOrder(times: readonly string[]): number {
  const tails: string[] = [];
  for (const time of times) {
    let at = tails.findIndex((tail) => tail >= time);
    if (at === -1) at = tails.length;
    tails[at] = time;
  }
  return times.length - tails.length;
}
