import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFolder } from './folder-lock.ts';

describe('folder lock', () => {
  let folder: string;

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'nester-lock-'));
  });

  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
  });

  it('refuses a second holder and says who the first is', async () => {
    const lock = await lockFolder(folder, 4711);
    await expect(lockFolder(folder, 4712)).rejects.toMatchObject({
      code: 'NESTER_FOLDER_IN_USE',
      message: expect.stringContaining('process 4711') as string,
    });
    await lock.release();
  });

  it('can be had again after it was released', async () => {
    await (await lockFolder(folder, 1)).release();
    await (await lockFolder(folder, 2)).release();
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  it('is taken over from a holder that was killed', async () => {
    const holder = spawn(process.execPath, [
      '-e',
      `require('net').createServer().listen(${JSON.stringify(path.join(folder, 'nester.lock'))}, () => console.log('held'))`,
    ]);
    await once(holder.stdout, 'data');
    holder.kill('SIGKILL');
    await once(holder, 'exit');

    const lock = await lockFolder(folder, 2);

    await lock.release();
  });

  it('goes to exactly one of many that start at once over a killed holder\'s lock', async () => {
    fs.writeFileSync(path.join(folder, 'nester.lock'), '');
    const tries = await Promise.allSettled(Array.from({ length: 8 }, (_, pid) => lockFolder(folder, pid)));
    const locks = tries.filter((result) => result.status === 'fulfilled');
    expect(locks).toHaveLength(1);
    for (const { value } of locks) await value.release();
  });

  it('works in a folder whose path is too long for a socket', async () => {
    const deep = path.join(folder, 'x'.repeat(120));
    fs.mkdirSync(deep);
    const lock = await lockFolder(deep, 1);
    await expect(lockFolder(deep, 2)).rejects.toMatchObject({ code: 'NESTER_FOLDER_IN_USE' });
    await lock.release();
  });
});
