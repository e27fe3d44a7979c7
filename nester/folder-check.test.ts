import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { checkDataFolder } from './folder-check.ts';

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'nester-folder-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

describe('checking the data folder', () => {
  it('finds nothing wrong with one that can be written, and leaves nothing in it', async () => {
    const folder = await aFolder();

    expect(await checkDataFolder(folder)).toBeUndefined();
    expect(await readdir(folder)).toEqual([]);
  });

  it('finds nothing wrong with one that can be made, and does not make it', async () => {
    const folder = await aFolder();

    expect(await checkDataFolder(path.join(folder, 'a', 'b'))).toBeUndefined();
    expect(await readdir(folder)).toEqual([]);
  });

  it('says when it is a file, or below one', async () => {
    const folder = await aFolder();
    const file = path.join(folder, 'file');
    await writeFile(file, '');

    expect(await checkDataFolder(file)).toContain('cannot be used');
    expect(await checkDataFolder(path.join(file, 'a'))).toContain('cannot be used');
  });

  it('says when it cannot be made, or takes no file', async () => {
    expect(await checkDataFolder('/proc/nester')).toContain('cannot be used');
    expect(await checkDataFolder('/proc/self')).toContain('cannot be used');
  });
});
