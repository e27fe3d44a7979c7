import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { writeFully } from './file-port.ts';
import { describeLogContract } from './log.contract.ts';
import { createNodeFiles } from './node-files.ts';
import { createSegmentLog } from './segment-log.ts';

const folders: string[] = [];

function temporaryFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'nester-files-'));
  folders.push(folder);
  return folder;
}

afterEach(() => {
  for (const folder of folders.splice(0)) fs.rmSync(folder, { recursive: true });
});

describeLogContract('segment log on a real disk', () => {
  const files = createNodeFiles();
  const folder = path.join(temporaryFolder(), 'log');
  const bugs: unknown[] = [];
  let isBroken = false;
  const open: typeof files.open = async (file, mode) => {
    const handle = await files.open(file, mode);
    const refuse = () => Promise.reject(Object.assign(new Error('no room'), { code: 'ENOSPC' }));
    return { ...handle, write: (bytes, position) => (isBroken ? refuse() : handle.write(bytes, position)) };
  };
  return Promise.resolve({
    bugs,
    create: (options) =>
      createSegmentLog({ ...options, files: { ...files, open }, folder, segmentBytes: 1_000, now: Date.now, onBug: (error) => bugs.push(error) }),
    setBroken: (broken) => (isBroken = broken),
  });
});

describe('node files', () => {
  const files = createNodeFiles();

  it('reads back what was written, and says how much there is', async () => {
    const file = path.join(temporaryFolder(), 'file');
    const handle = await files.open(file, 'create');
    await writeFully(handle, Buffer.from('0123456789'), 0);
    await writeFully(handle, Buffer.from('ab'), 4);
    await handle.datasync();
    await handle.truncate(8);
    const into = Buffer.alloc(20);

    const came = await handle.read(into, 2, 18, 3);
    const facts = await handle.stat();
    await handle.close();

    expect(into.toString('latin1', 2, 2 + came)).toBe('3ab67');
    expect(facts).toEqual(await files.stat(file));
    expect(facts).toMatchObject({ kind: 'file', size: 8, inode: fs.statSync(file).ino, modifiedMs: fs.statSync(file).mtimeMs });
  });

  it('makes files and folders that only their owner may read', async () => {
    const folder = path.join(temporaryFolder(), 'a', 'b');

    await files.makeFolder(folder);
    await files.makeFolder(folder);
    await (await files.open(path.join(folder, 'created'), 'create')).close();
    await (await files.open(path.join(folder, 'exclusive'), 'exclusive')).close();

    expect(fs.statSync(folder).mode & 0o777).toBe(0o700);
    expect(fs.statSync(path.join(folder, 'created')).mode & 0o777).toBe(0o600);
    expect(fs.statSync(path.join(folder, 'exclusive')).mode & 0o777).toBe(0o600);
  });

  it('does not follow a symlink, in any mode, and says that it is one', async () => {
    const folder = temporaryFolder();
    const target = path.join(folder, 'target');
    const link = path.join(folder, 'link');
    fs.writeFileSync(target, 'precious');
    fs.symlinkSync(target, link);

    for (const mode of ['create', 'read', 'update'] as const) {
      await expect(files.open(link, mode), mode).rejects.toMatchObject({ code: 'ELOOP' });
    }
    await expect(files.open(link, 'exclusive')).rejects.toMatchObject({ code: 'EEXIST' });

    expect(await files.stat(link)).toMatchObject({ kind: 'link' });
    expect(fs.readFileSync(target, 'utf8')).toBe('precious');
  });

  it('opens exclusively only what is not there, and for update only what is', async () => {
    const file = path.join(temporaryFolder(), 'file');

    await expect(files.open(file, 'update')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(files.open(file, 'read')).rejects.toMatchObject({ code: 'ENOENT' });
    await (await files.open(file, 'exclusive')).close();
    await expect(files.open(file, 'exclusive')).rejects.toMatchObject({ code: 'EEXIST' });
    await (await files.open(file, 'update')).close();

    expect(await files.stat(file)).toMatchObject({ size: 0 });
  });

  it('lists, renames and removes, and finds nothing where nothing is', async () => {
    const folder = temporaryFolder();
    fs.writeFileSync(path.join(folder, 'a'), 'a');
    fs.writeFileSync(path.join(folder, 'b'), 'b');

    await files.rename(path.join(folder, 'a'), path.join(folder, 'b'));
    await files.syncFolder(folder);
    const left = await files.list(folder);
    await files.unlink(path.join(folder, 'b'));

    expect(left).toEqual(['b']);
    expect(await files.list(path.join(folder, 'none'))).toEqual([]);
    expect(await files.stat(path.join(folder, 'b'))).toBeUndefined();
    await expect(files.unlink(path.join(folder, 'b'))).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(files.syncFolder(path.join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('does not wait for the other end of a pipe that stands in a file’s place', async () => {
    const { execFileSync } = await import('node:child_process');
    const pipe = path.join(temporaryFolder(), 'pipe');
    execFileSync('mkfifo', [pipe]);

    const handle = await files.open(pipe, 'read');
    const { kind } = await handle.stat();
    await handle.close();

    expect(kind).toBe('other');
  });
});
