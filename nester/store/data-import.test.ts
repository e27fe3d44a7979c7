import { describe, expect, it } from 'vitest';
import { createSimulatedDisk } from '../../test/support/simulated-disk.ts';
import { createStoreRig, DATA_FILE, type StoreRig } from '../../test/support/store-rig.ts';

async function imported(content: string): Promise<{ rig: StoreRig; disk: ReturnType<typeof createSimulatedDisk>; reports: unknown[] }> {
  const disk = createSimulatedDisk({ now: () => 1_795_000_000_000 });
  await disk.files.makeFolder('/data');
  disk.put(DATA_FILE, content);
  const rig = createStoreRig(disk);
  await rig.store.open();
  return { rig, disk, reports: (await rig.all()).map((report) => JSON.parse(JSON.stringify({ ...report, receivedAt: undefined }))) };
}

describe('import of an older data.json', () => {
  it('leaves out what the log says was removed, when it knows nothing of the file yet', async () => {
    const disk = createSimulatedDisk({ now: () => 1_795_000_000_000 });
    const rig = createStoreRig(disk);
    await rig.store.open();
    for (const node of ['kept', 'forgotten']) await rig.store.append({ node }, rig.clock.now);
    // The log has it, and data.json is about to be written anew.
    disk.setFault(({ kind }) => (kind === 'rename' ? 'stop' : undefined));
    await Promise.race([rig.store.forget('forgotten'), disk.stopped]);

    const next = createStoreRig(disk.crash());
    await next.store.open();

    expect((await next.all()).map(({ node }) => node)).toEqual(['kept']);
  });

  it('reads the file twice, to see whose it is and to take it, however many reports are in it', async () => {
    const disk = createSimulatedDisk({ now: () => 1_795_000_000_000 });
    await disk.files.makeFolder('/data');
    const lines = Array.from({ length: 5_000 }, (_, at) =>
      JSON.stringify({ node: `n${at % 7}`, timestamp: new Date(1_794_900_000_000 + at * 1_000).toISOString(), latency: at, receivedAt: 1_794_900_000_000 + at * 1_000 }),
    );
    disk.put(DATA_FILE, `[\n${lines.join(',\n')}\n]\n`);
    const modes: string[] = [];
    const files = {
      ...disk.files,
      open: (path: string, mode: 'create' | 'exclusive' | 'read' | 'update') => {
        if (path === DATA_FILE && modes.at(-1) !== 'placed') modes.push(mode);
        return disk.files.open(path, mode);
      },
      rename: async (from: string, to: string) => {
        await disk.files.rename(from, to);
        if (to === DATA_FILE) modes.push('placed');
      },
    };
    const rig = createStoreRig({ ...disk, files });

    await rig.store.open();

    expect(rig.store.count()).toBe(5_000);
    expect(rig.dataFile()).toHaveLength(5_000);
    expect(modes.filter((mode) => mode === 'read' || mode === 'update')).toEqual(['read', 'read']);
  });

  it('takes an array of reports with the old names and numbers as text', async () => {
    const old = JSON.stringify([
      { hostname: 'lyon-01', ip: '10.0.0.7', devices: '12', latency_ms: '3.4', last_update: '2026-11-20T08:00:00Z' },
      { node: 'lille-02', ip: '', devices: 3, latency: '12,5 ms', ts: 1_795_161_660 },
      { node: 'nice-03', latency: null, time: 1_795_161_720_500, color: 'red' },
    ]);

    const { rig, disk, reports } = await imported(old);

    expect(reports).toEqual([
      { node: 'lyon-01', timestamp: '2026-11-20T08:00:00.000Z', ip: '10.0.0.7', devices: 12, latency: 3.4 },
      { node: 'lille-02', timestamp: '2026-11-20T08:01:00.000Z', ip: null, devices: 3, latency: 12.5 },
      { node: 'nice-03', timestamp: '2026-11-20T08:02:00.500Z', latency: null },
    ]);
    expect(disk.text(`${DATA_FILE}.imported`)).toBe(old);
    expect(rig.dataFile()).toHaveLength(3);
    expect(rig.said.join('\n')).toContain('imported 3 reports');
  });

  it('takes an object of node -> last report', async () => {
    const { reports } = await imported(
      JSON.stringify({ 'lyon-01': { latency: 3, last_update: '2026-11-20T08:00:00Z' }, 'lille-02': { latency: 4, time: '2026-11-20T08:01:00Z' } }),
    );
    expect(reports).toEqual([
      { node: 'lyon-01', timestamp: '2026-11-20T08:00:00.000Z', latency: 3 },
      { node: 'lille-02', timestamp: '2026-11-20T08:01:00.000Z', latency: 4 },
    ]);
  });

  it('leaves out what is wrong in a report, and a report only when it has no name', async () => {
    const { rig, disk, reports } = await imported(
      '[{"node":"a","latency":-5,"ip":"nonsense","devices":4,"ts":1795161660},\n{"latency":3},\n{"node":"b","ts":1795161661}]',
    );
    expect(reports).toMatchObject([{ node: 'a', devices: 4 }, { node: 'b' }]);
    expect(rig.said.join('\n')).toMatch(/not imported: line 2: node /);
    expect(disk.text(`${DATA_FILE}.imported`)).toContain('{"latency":3}');
  });

  it('gives reports without a time the file\'s, each its own', async () => {
    const { reports } = await imported('[{"node":"a","latency":1},{"node":"a","latency":2}]');
    expect(reports).toMatchObject([
      { timestamp: '2026-11-18T11:06:40.000Z', latency: 1 },
      { timestamp: '2026-11-18T11:06:40.001Z', latency: 2 },
    ]);
  });

  it('takes what stands before a cut', async () => {
    const { reports, rig } = await imported('[{"node":"a","ts":1795161660},{"node":"b","ts":1795161661},{"node":"c');
    expect(reports).toMatchObject([{ node: 'a' }, { node: 'b' }]);
    expect(rig.dataFile()).toHaveLength(2);
  });

  it('sets aside a file in which there is no report at all', async () => {
    const { reports, disk } = await imported('not json');
    expect(reports).toEqual([]);
    expect(disk.paths().filter((path) => path.includes('rejected'))).toHaveLength(1);
  });

  it('adds nothing twice when a crash interrupted it', async () => {
    const old = JSON.stringify(Array.from({ length: 40 }, (_, n) => ({ hostname: `n${n % 3}`, ts: 1_795_161_660 + n, latency_ms: n })));
    for (let last = 5; last < 60; last += 3) {
      const disk = createSimulatedDisk({ now: () => 1_795_000_000_000 });
      await disk.files.makeFolder('/data');
      disk.put(DATA_FILE, old);
      disk.setFault(({ number }) => (number === last ? 'stop' : undefined));
      const first = createStoreRig(disk);
      const done = first.store.open().then(() => first.store.close());
      await Promise.race([done, disk.stopped]);

      const again = createStoreRig(disk.crash(), {}, first.clock);
      await again.store.open();

      expect(again.store.count(), `stopped at call ${last}`).toBe(40);
      expect(again.dataFile(), `stopped at call ${last}`).toHaveLength(40);
    }
  });
});
