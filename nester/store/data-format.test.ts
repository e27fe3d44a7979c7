import { describe, expect, it } from 'vitest';
import { createSimulatedDisk } from '../../test/support/simulated-disk.ts';
import { checkDataFormat, noteDataFormat } from './data-format.ts';
import { readSmallFile } from './small-file.ts';

async function folderWith(text?: string) {
  const { files } = createSimulatedDisk();
  const place = { files, folder: '/data' };
  await files.makeFolder('/data');
  if (text !== undefined) {
    const handle = await files.open('/data/format.json', 'create');
    await handle.write(Buffer.from(text), 0);
    await handle.close();
  }
  return place;
}

describe('the format of a data folder', () => {
  it.each([undefined, '{"format":1,"version":"0.1.0"}\n', '{"format":0}', 'nothing that could be read', ''])('of %j is one to start from', async (text) => {
    const place = await folderWith(text);

    await expect(checkDataFormat(place)).resolves.toBeUndefined();
    await noteDataFormat(place, '0.1.0');
    expect(await readSmallFile(place.files, '/data/format.json', 1000)).toBe('{"format":1,"version":"0.1.0"}\n');
  });

  it('of a newer Nester is refused, and says which one to start', async () => {
    const place = await folderWith('{"format":2,"version":"9.0.0"}');

    await expect(checkDataFormat(place)).rejects.toMatchObject({
      code: 'NESTER_DATA_NEWER',
      message: '/data was written by Nester 9.0.0, in format 2; this one knows format 1 and older ones. Start that version or a later one. Nothing was touched',
    });
    expect(await readSmallFile(place.files, '/data/format.json', 1000)).toBe('{"format":2,"version":"9.0.0"}');
  });
});
