import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { NodeState } from '../protocol/node-state.ts';
import { makeFolder, type RunningNester, startNester } from './support/program.ts';
import { openViewer, post } from './support/viewer-client.ts';

/** What was, as the built program answers it: after it was killed, and after it was stopped. */

async function ask<T>(nester: RunningNester, path: string): Promise<T> {
  const response = await fetch(nester.url + path);
  expect(response.status, path).toBe(200);
  return (await response.json()) as T;
}

/** The fleet as it was, in order of names. */
async function asOf(nester: RunningNester, atMs: number): Promise<NodeState[]> {
  const states = await ask<NodeState[]>(nester, `/api/nodes?at=${atMs}`);
  return states.sort((left, right) => (left.node < right.node ? -1 : 1));
}

async function send(nester: RunningNester, report: object): Promise<void> {
  expect((await post(nester.url, '/api/report', report)).status).toBe(201);
}

interface Shares {
  online: number;
  late: number;
  offline: number;
  paused: number;
  unknown: number;
}
interface Changes {
  events: { at: number; status: string; until?: number }[];
}

const sumOf = ({ online, late, offline, paused, unknown }: Shares): number => online + late + offline + paused + unknown;
const statuses = ({ events }: Changes): string[] => events.map(({ status }) => status);

describe('the past', () => {
  it('is as the page showed it, through a kill and a stop', async () => {
    const dataDir = makeFolder();
    const startedMs = Date.now();
    const first = await startNester({ dataDir });
    const viewer = await openViewer(first.url);
    await send(first, { node: 'flappy', interval: 1, latency: 1, hosts: [{ ip: '10.0.0.1', mac: 'AA:BB:CC:00:00:01', name: 'Réception' }] });
    await send(first, { node: 'steady', interval: 600, latency: 5, metrics: { cpu: 3 }, labels: { city: 'Lyon' } });
    await viewer.node('flappy', ({ status }) => status === 'late');
    const offline = await viewer.node('flappy', ({ status }) => status === 'offline');
    await send(first, { node: 'flappy', interval: 600, latency: 2 });
    const shown = await ask<NodeState[]>(first, '/api/nodes');
    const shownMs = Date.now();

    // A late arrival changes nothing of what was shown.
    await send(first, { node: 'steady', interval: 600, latency: 99, timestamp: startedMs - 5_000 });
    expect(await asOf(first, shownMs)).toEqual(shown);
    expect(await ask(first, `/api/nodes/steady?at=${shownMs}`)).toEqual(shown.find(({ node }) => node === 'steady'));
    // What is noted is on the disk about a second later.
    await until(() => readFileSync(join(dataDir, 'status.log'), 'utf8').includes(`"status":"online","since":${shown[0]?.since ?? 0}`));
    await first.kill();
    const killedMs = Date.now();

    const second = await startNester({ dataDir });
    const secondMs = Date.now();
    expect(await asOf(second, shownMs)).toEqual(shown);
    expect(await ask(second, `/api/nodes?at=${startedMs - 1}`)).toEqual([]);
    const changes = await ask<Changes>(second, '/api/nodes/flappy/events');
    expect(statuses(changes)).toEqual(['online', 'late', 'offline', 'online', 'unknown', 'online']);
    expect(changes.events[2]?.at).toBe(offline.since);
    expect(changes.events[4]?.at).toBeLessThanOrEqual(killedMs);
    expect(changes.events[4]?.until).toBeLessThanOrEqual(secondMs);
    expect(await second.stop()).toBe(0);

    const third = await startNester({ dataDir });
    const from = startedMs - 60_000;
    const shares = await ask<Shares & { from: number; to: number }>(third, `/api/nodes/flappy/availability?from=${from}`);
    expect(sumOf(shares)).toBeCloseTo((shares.to - from) / 1_000, 3);
    expect(shares.late).toBe(1.75);
    expect(shares.unknown).toBeGreaterThanOrEqual(60);
    const slots = await ask<Record<keyof Shares, number[]> & { step: number; t: number[] }>(
      third,
      `/api/nodes/flappy/availability?from=${from}&to=${shares.to}&points=7`,
    );
    expect(slots.t).toHaveLength(7);
    for (const kind of ['online', 'late', 'offline', 'paused', 'unknown'] as const) {
      expect(slots[kind].reduce((sum, seconds) => sum + seconds, 0)).toBeCloseTo(shares[kind], 2);
    }
    expect(statuses(await ask<Changes>(third, '/api/nodes/flappy/events'))).toEqual([...statuses(changes), 'unknown', 'online']);

    // The inventory came through both, too.
    expect(await ask(third, '/api/nodes/flappy/hosts')).toMatchObject({ hosts: [{ ip: '10.0.0.1', present: true }] });
    expect(await ask(third, '/api/hosts?q=reception')).toMatchObject({ nodes: [{ node: 'flappy' }] });
    expect(await ask(third, '/api/nodes/steady/hosts')).toEqual({ scannedAt: null, hosts: [] });

    // What is forgotten is gone from every file.
    expect((await fetch(`${third.url}/api/nodes/flappy`, { method: 'DELETE' })).status).toBe(204);
    for (const file of ['status.log', 'inventory.log']) expect(readFileSync(join(dataDir, file), 'utf8')).not.toContain('flappy');
    expect((await fetch(`${third.url}/api/nodes/flappy/events`)).status).toBe(404);
    expect(await asOf(third, shownMs)).toEqual(shown.filter(({ node }) => node === 'steady'));
    await third.stop();
  });

  it('is found in the reports where nothing was noted', async () => {
    const nester = await startNester();
    await send(nester, { node: 'a', interval: 60, hosts: [{ ip: '10.0.0.1' }] });
    const [now] = await ask<NodeState[]>(nester, '/api/nodes');
    await nester.stop();
    const data = readFileSync(join(nester.dataDir, 'data.json'));

    const folder = makeFolder();
    writeFileSync(join(folder, 'data.json'), data);
    const copy = await startNester({ dataDir: folder });
    const at = (now?.receivedAt ?? 0) + 1;

    expect(await ask(copy, `/api/nodes?at=${at}`)).toEqual([{ ...now, since: now?.receivedAt }]);
    await until(async () => (await ask<{ hosts: object[] }>(copy, '/api/nodes/a/hosts')).hosts.length === 1);
    await copy.stop();
  });
});

/** Asks again and again until it is so; a test's own time is the limit. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 50));
}
