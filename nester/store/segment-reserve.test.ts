import { describe, expect, it } from 'vitest';
import { createSimulatedDisk, type SimulatedDisk } from '../../test/support/simulated-disk.ts';
import type { FileHandle } from './file-port.ts';
import { contentEnd, createReserve } from './segment-reserve.ts';

const FILE = '/segment';
const line = (text: string): Buffer => Buffer.from(`${text}\n`);

async function openFile(disk: SimulatedDisk): Promise<FileHandle> {
  return disk.files.open(FILE, 'exclusive');
}

describe('reserve of a segment', () => {
  it('comes with the first line, serves those that fit, and comes anew with the one that does not', async () => {
    const disk = createSimulatedDisk();
    const handle = await openFile(disk);
    const reserve = createReserve(8);

    await reserve.write(handle, line('one'), 0);
    expect(disk.text(FILE)).toBe(`one\n${'\0'.repeat(8)}`);
    await reserve.write(handle, line('two'), 4);
    await reserve.write(handle, line('six'), 8);
    expect(disk.text(FILE)).toBe('one\ntwo\nsix\n');
    await reserve.write(handle, line('ten'), 12);

    expect(disk.text(FILE)).toBe(`one\ntwo\nsix\nten\n${'\0'.repeat(8)}`);
    expect(reserve.end()).toBe(24);
  });

  it('is done without where the disk has no room for it', async () => {
    const disk = createSimulatedDisk();
    const handle = await openFile(disk);
    const reserve = createReserve(8);
    disk.setFault(({ kind, position }) => (kind === 'write' && position === 4 ? { fail: 'ENOSPC', after: true } : undefined));

    await reserve.write(handle, line('one'), 0);

    expect(disk.text(FILE)).toBe('one\n');
    expect(reserve.end()).toBe(0);
  });

  it('fails with the lines, and only with them', async () => {
    const disk = createSimulatedDisk();
    const handle = await openFile(disk);
    disk.setFault(({ kind }) => (kind === 'write' ? { fail: 'EIO' } : undefined));

    await expect(createReserve(8).write(handle, line('one'), 0)).rejects.toMatchObject({ code: 'EIO' });
  });

  it('is told from content, however long it is', async () => {
    for (const zeros of [0, 1, 65_535, 65_536, 200_000]) {
      const disk = createSimulatedDisk();
      disk.put(FILE, `a\0b\n${'\0'.repeat(zeros)}`);
      const handle = await disk.files.open(FILE, 'read');

      expect(await contentEnd(handle, 4 + zeros), `${zeros} zeros`).toBe(4);
    }
  });

  it('is content where it cannot be read', async () => {
    const disk = createSimulatedDisk();
    disk.put(FILE, `a\n${'\0'.repeat(100)}`);
    const handle = await disk.files.open(FILE, 'read');
    disk.setFault(({ kind }) => (kind === 'read' ? { fail: 'EIO' } : undefined));

    expect(await contentEnd(handle, 102)).toBe(102);
  });
});
