import { describe, expect, it } from 'vitest';
import { createSimulatedDisk } from '../../../test/support/simulated-disk.ts';
import { createSeededRandom } from '../../../test/support/seeded-random.ts';
import { digestOf } from '../presented-key.ts';
import { createKeyFile } from './key-file.ts';
import { createSiteKeys } from './site-keys.ts';

const FILE = '/data/keys.json';

function openKeys(disk = createSimulatedDisk()) {
  const said: string[] = [];
  const told = { changes: 0 };
  let nowMs = 1_795_334_400_000;
  const file = createKeyFile({ files: disk.files, folder: '/data', now: () => nowMs, pause: (ms) => { nowMs += ms; return Promise.resolve(); } });
  const keys = createSiteKeys({ file, now: () => nowMs, say: (level, message) => void said.push(`${level}: ${message}`), onChange: () => { told.changes++; } });
  return { disk, keys, said, told };
}

const holderOf = (keys: ReturnType<typeof openKeys>['keys'], key: string) => keys.find(digestOf(key));

describe('keys of sites', () => {
  it('are none at first, and then no key is needed', async () => {
    const { keys } = openKeys();

    await keys.open();

    expect(keys.exist()).toBe(false);
  });

  it('are good at once, for reports of their nodes and nothing else', async () => {
    const { keys } = openKeys();
    await keys.open();

    const made = await keys.add('lyon', ['lyon-*']);
    const holder = holderOf(keys, made!.key);

    expect(made!.key).toMatch(/^nst_[A-Za-z0-9_-]{43}$/);
    expect(holder?.may('write')).toBe(true);
    expect((['read', 'forget', 'measure', 'manage keys'] as const).map((action) => holder?.may(action))).toEqual([false, false, false, false]);
    expect(['lyon-1', 'lille-1'].map((node) => holder?.mayWrite(node))).toEqual([true, false]);
  });

  it('are bound to the node of their own name where none is said', async () => {
    const { keys } = openKeys();
    await keys.open();

    const { key } = (await keys.add('lyon', []))!;

    expect(['lyon', 'lyon-1'].map((node) => holderOf(keys, key)?.mayWrite(node))).toEqual([true, false]);
  });

  it('are never kept themselves', async () => {
    const { keys, disk } = openKeys();

    const { key } = (await keys.add('lyon', []))!;

    expect(disk.text(FILE)).toContain('"lyon"');
    expect(disk.text(FILE)).not.toContain(key.slice(4));
  });

  it('stop to be good when they are revoked, in whose hands they may be', async () => {
    const { keys, told } = openKeys();
    const { key } = (await keys.add('lyon', []))!;
    const holder = holderOf(keys, key)!;

    const revoked = await keys.revoke('lyon');

    expect(revoked).toBe(true);
    expect(holderOf(keys, key)).toBeUndefined();
    expect([holder.stands(), holder.mayWrite('lyon')]).toEqual([false, false]);
    expect(told.changes).toBe(2);
    // Whoever had keys once does not become open to all by revoking the last.
    expect(keys.exist()).toBe(true);
  });

  it('survive a power cut once they were told, and stay revoked', async () => {
    const { keys, disk } = openKeys();
    const { key } = (await keys.add('lyon', []))!;
    const other = (await keys.add('lille', []))!.key;
    await keys.revoke('lyon');

    const later = openKeys(disk.powerCut(createSeededRandom(7)));
    await later.keys.open();

    expect([key, other].map((one) => holderOf(later.keys, one) !== undefined)).toEqual([false, true]);
  });

  it('say no to a name that is taken, and to revoking what is not there, and touch nothing', async () => {
    const { keys, disk } = openKeys();

    expect(await keys.revoke('lyon')).toBe(false);
    expect(disk.text(FILE)).toBeUndefined();
    await keys.add('lyon', []);
    const before = disk.text(FILE);

    expect(await keys.add('lyon', ['*'])).toBeUndefined();
    expect(disk.text(FILE)).toBe(before);
  });

  it('follow the file that another program changes', async () => {
    const running = openKeys();
    await running.keys.open();
    const other = openKeys(running.disk);

    const { key } = (await other.keys.add('lyon', ['lyon', 'ups']))!;
    await running.keys.look();
    const holder = holderOf(running.keys, key)!;
    expect(holder.mayWrite('ups')).toBe(true);
    running.disk.put(FILE, running.disk.text(FILE)!.replace(',"ups"', ''), 'replace');
    await running.keys.look();

    // Also for whom the key was let in with before.
    expect([holder.stands(), holder.mayWrite('lyon'), holder.mayWrite('ups')]).toEqual([true, true, false]);
    await other.keys.revoke('lyon');
    await running.keys.look();
    expect(holder.stands()).toBe(false);
  });

  it.each([
    ['broken', (disk: ReturnType<typeof createSimulatedDisk>) => disk.put(FILE, '[\n{"name":', 'replace'), /keys\.json: line 2: this is not valid JSON/],
    ['gone', (disk: ReturnType<typeof createSimulatedDisk>) => disk.remove(FILE), /keys\.json is gone/],
  ])('stay as they were while the file is %s, and it is said once', async (_what, harm, expected) => {
    const { keys, disk, said } = openKeys();
    await keys.open();
    const { key } = (await keys.add('lyon', []))!;
    const good = disk.text(FILE)!;
    await keys.look();

    harm(disk);
    await keys.look();
    await keys.look();

    expect(holderOf(keys, key)?.stands()).toBe(true);
    expect(said.filter((line) => line.startsWith('error')).join('\n')).toMatch(expected);
    expect(said.filter((line) => line.startsWith('error'))).toHaveLength(1);
    disk.put(FILE, good.replace('"lyon"', '"mended"'), 'replace');
    await keys.look();
    expect(keys.all().map(({ name }) => name)).toEqual(['mended']);
  });

  it('keep a Nester from starting when the file is broken', async () => {
    const { keys, disk } = openKeys();
    await disk.files.makeFolder('/data');
    disk.put(FILE, '[{}]');

    await expect(keys.open()).rejects.toMatchObject({ code: 'NESTER_KEYS_UNUSABLE', message: expect.stringContaining('key 1, name: expected') });
  });

  it('are not read through a link', async () => {
    const { keys, disk } = openKeys();
    await disk.files.makeFolder('/data');
    disk.putLink(FILE);

    await expect(keys.open()).rejects.toMatchObject({ code: 'NESTER_KEYS_UNUSABLE' });
  });

  it('lose none when several programs make them at the same time', async () => {
    const { disk } = openKeys();
    const programs = Array.from({ length: 5 }, () => openKeys(disk).keys);

    await Promise.all(programs.map((keys, at) => keys.add(`site-${at}`, [])));

    const after = openKeys(disk).keys;
    await after.open();
    expect(after.all().map(({ name }) => name).sort()).toEqual(['site-0', 'site-1', 'site-2', 'site-3', 'site-4']);
    expect(disk.paths()).toEqual(['data/keys.json']);
  });
});
