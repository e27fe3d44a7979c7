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
    for (let round = 0; round < 30; round++) {
      fs.writeFileSync(path.join(folder, 'nester.lock'), '');
      const tries = await Promise.allSettled(Array.from({ length: 8 }, (_, pid) => lockFolder(folder, pid)));
      const locks = tries.filter((result) => result.status === 'fulfilled');
      const refusals = tries.filter((result) => result.status === 'rejected').map(({ reason }) => String(reason));
      expect(locks).toHaveLength(1);
      expect(refusals).toEqual(Array.from({ length: 7 }, () => expect.stringMatching(/in use by another Nester \(process \d\)/) as string));
      expect(fs.readdirSync(folder)).toEqual(['nester.lock']);
      for (const { value } of locks) await value.release();
    }
  });

  it('goes to one of the processes that start at once, as long as that one lives', async () => {
    const many = Array.from({ length: 6 }, () => spawn(process.execPath, ['--import', 'tsx', '-e', `
      const { lockFolder } = await import(${JSON.stringify(path.resolve('nester/store/folder-lock.ts'))});
      process.stdin.once('data', () => {
        lockFolder(${JSON.stringify(folder)}, process.pid).then(
          () => { console.log('held'); setInterval(() => undefined, 1_000); },
          (error) => { console.log(error.code); process.exit(); },
        );
      });
      console.log('ready');
    `]));
    for (const { stdout } of many) await once(stdout, 'data');
    const answers = Promise.all(many.map(async ({ stdout }) => String(await once(stdout, 'data')).trim()));
    for (const { stdin } of many) stdin.write('go\n');
    expect((await answers).sort()).toEqual([...Array.from({ length: 5 }, () => 'NESTER_FOLDER_IN_USE'), 'held'].sort());

    const ends = Promise.all(many.filter((child) => child.exitCode === null).map((child) => once(child, 'exit')));
    for (const child of many) child.kill('SIGKILL');
    await ends;
    await (await lockFolder(folder, 1)).release();
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  it('leaves alone the lock of another that was put in its place', async () => {
    const lock = await lockFolder(folder, 1);
    fs.unlinkSync(path.join(folder, 'nester.lock'));
    const next = await lockFolder(folder, 2);
    await lock.release();
    await expect(lockFolder(folder, 3)).rejects.toMatchObject({ message: expect.stringContaining('process 2') as string });
    await next.release();
  });

  it('works in a folder whose path is too long for a socket', async () => {
    const deep = path.join(folder, 'x'.repeat(120));
    fs.mkdirSync(deep);
    const lock = await lockFolder(deep, 1);
    await expect(lockFolder(deep, 2)).rejects.toMatchObject({ code: 'NESTER_FOLDER_IN_USE' });
    await lock.release();
  });
});
