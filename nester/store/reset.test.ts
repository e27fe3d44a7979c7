import { describe, expect, it } from 'vitest';
import { createSimulatedDisk } from '../../test/support/simulated-disk.ts';
import { createStoreRig, FOLDER } from '../../test/support/store-rig.ts';
import { resetDataFolder } from './reset.ts';

const options = (disk: ReturnType<typeof createSimulatedDisk>) => ({
  files: disk.files,
  now: () => 1_795_334_400_000,
  pid: 1,
  lock: () => Promise.resolve({ release: () => Promise.resolve() }),
});

describe('reset', () => {
  it('lets the next Nester start empty, and keeps what was there beside', async () => {
    const disk = createSimulatedDisk();
    const rig = createStoreRig(disk);
    await rig.store.open();
    await rig.send('a');
    await rig.store.close();

    const moved = await resetDataFolder(FOLDER, options(disk));
    const next = createStoreRig(disk, {}, rig.clock);

    expect(moved).toEqual([
      '/data/log.before-reset-2026-11-22T08-00-00.000Z',
      '/data/data.json.before-reset-2026-11-22T08-00-00.000Z',
    ]);
    expect(await next.store.open()).toEqual([]);
    expect(disk.text(moved[1] ?? '')).toContain('"node":"a"');
  });

  it('knows every file that is kept beside the reports', async () => {
    const disk = createSimulatedDisk();
    const rig = createStoreRig(disk);
    await rig.store.open();
    await rig.send('a');
    await rig.store.close();
    for (const file of ['status.log', 'inventory.log']) disk.put(`${FOLDER}/${file}`, 'kept');

    await resetDataFolder(FOLDER, options(disk));

    expect(disk.paths().filter((path) => !path.includes('.before-reset-'))).toEqual([]);
  });

  it('does nothing to a folder that is not there', async () => {
    expect(await resetDataFolder('/nowhere', options(createSimulatedDisk()))).toEqual([]);
  });
});
