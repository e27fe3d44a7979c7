import { describe, expect, it } from 'vitest';
import { createSimulatedDisk } from '../../test/support/simulated-disk.ts';
import { createStoreRig, type StoreRig } from '../../test/support/store-rig.ts';

const HOUR = 3_600_000;

async function lines(rig: StoreRig): Promise<string[]> {
  return (await rig.all()).map(({ node, latency }) => `${node}:${latency}`);
}

describe('retention', () => {
  it('keeps the newest reports when there are too many, in data.json too', async () => {
    const rig = createStoreRig(createSimulatedDisk(), { maxReports: 5 });
    await rig.store.open();
    for (let n = 0; n < 20; n++) await rig.send('a', n);
    await rig.until('five are left', () => rig.store.count() === 5 && rig.dataFile().length === 5);
    expect(await lines(rig)).toEqual(['a:15', 'a:16', 'a:17', 'a:18', 'a:19']);
  });

  it('removes what is too old, and whole segments of the log with it', async () => {
    const disk = createSimulatedDisk();
    const rig = createStoreRig(disk, { retentionMs: 24 * HOUR, segmentBytes: 1_000 });
    await rig.store.open();
    for (let n = 0; n < 30; n++) {
      rig.clock.now += HOUR;
      await rig.send('a', n);
    }
    const segments = (): number => disk.paths().filter((path) => path.endsWith('.log')).length;
    const before = segments();

    rig.clock.now += 10 * HOUR;
    await rig.tick();
    await rig.until('old segments are gone', () => segments() < before);

    expect((await lines(rig))[0]).toBe('a:16');
    expect(rig.dataFile()).toHaveLength(14);
    const kept = await lines(rig);
    await rig.store.close();
    const again = createStoreRig(disk, { retentionMs: 24 * HOUR }, rig.clock);
    await again.store.open();
    expect(await lines(again)).toEqual(kept);
  });

  it('never removes the newest report of a node, and lets go of its old segment all the same', async () => {
    const disk = createSimulatedDisk();
    const rig = createStoreRig(disk, { retentionMs: 24 * HOUR, segmentBytes: 1_000 });
    await rig.store.open();
    await rig.send('dark', 7);
    const cursor = rig.store.cursor();
    for (let n = 0; n < 60; n++) {
      rig.clock.now += HOUR;
      await rig.send('a', n);
      await rig.tick();
    }
    await rig.until('the first segment is gone', () => !disk.paths().some((path) => path.endsWith('000000001.log')));

    expect((await lines(rig))[0]).toBe('dark:7');
    expect(rig.store.count()).toBe(25);
    // Carried forward, it is nothing new to those who had it.
    const after: string[] = [];
    for await (const batch of rig.store.select({ after: cursor }).batches()) after.push(...batch.map((json) => Buffer.from(json).toString()));
    expect(after.filter((json) => json.includes('dark'))).toEqual([]);

    const kept = await lines(rig);
    await rig.store.close();
    const again = createStoreRig(disk, { retentionMs: 24 * HOUR }, rig.clock);
    await again.store.open();
    expect(await lines(again)).toEqual(kept);
    expect(again.said).toEqual([]);
  });

  it('leaves nothing of a forgotten node on the disk', async () => {
    const disk = createSimulatedDisk();
    const rig = createStoreRig(disk, { segmentBytes: 500 });
    await rig.store.open();
    for (let n = 0; n < 20; n++) await rig.send(n % 2 === 0 ? 'secret-site' : 'b', n);

    await rig.store.forget('secret-site');

    for (const path of disk.paths()) expect(disk.text(`/${path.replace(/^\//, '')}`), path).not.toContain('secret-site');
    expect(await lines(rig)).toHaveLength(10);
    await rig.store.close();
    const again = createStoreRig(disk, {}, rig.clock);
    await again.store.open();
    expect(await lines(again)).toHaveLength(10);
    expect(again.said).toEqual([]);
  });
});
