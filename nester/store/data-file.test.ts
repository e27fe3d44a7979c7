import { describe, expect, it } from 'vitest';
import { createSimulatedDisk } from '../../test/support/simulated-disk.ts';
import { createDataFile } from './data-file.ts';
import { createDurableReplacement } from './durable-replace.ts';
import type { FilePort } from './file-port.ts';

const PATH = '/data/data.json';

async function write(files: FilePort, text: string): Promise<void> {
  const handle = await files.open(PATH, 'update');
  await handle.truncate(0);
  await handle.write(Buffer.from(text), 0);
  await handle.close();
}

describe('data.json that was replaced', () => {
  it('is not ours when somebody wrote into it in the moment in which it was put in place', async () => {
    const { files } = createSimulatedDisk();
    await files.makeFolder('/data');
    let isWatched = false;
    const disturbed: FilePort = {
      ...files,
      // After the rename, before it is opened again.
      async syncFolder(folder) {
        await files.syncFolder(folder);
        if (isWatched) await write(files, '[{"node":');
      },
    };
    const file = createDataFile(disturbed, PATH);
    const replacement = createDurableReplacement(disturbed, PATH);
    await replacement.write(Buffer.from('[\n{"node":"a"}\n]\n'));

    isWatched = true;
    await file.replace(replacement, { bytes: 14, crc: 0 });

    expect(await file.check()).toMatchObject({ kind: 'foreign' });
  });
});
