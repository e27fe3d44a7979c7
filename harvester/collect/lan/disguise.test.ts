import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeReport, type Host } from '../../../protocol/report.ts';
import { createQuietLog, createTroubleLog } from '../../log.ts';
import { createDisguisedLan } from './disguise.ts';
import { NO_LAN } from './lan.ts';
import { createSaltFile } from './salt-file.ts';

const HOSTS: Host[] = [
  { ip: '10.0.0.1', mac: 'a4:b1:c1:00:09:07', vendor: 'Acme', name: 'printer.example', ports: [80] },
  { ip: '10.0.0.2', mac: '3c:22:fb:8a:01:d0' },
  { ip: '10.0.0.3' },
];
let folder: string;
let problems: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'harvester-salt-'));
  problems = [];
});
afterEach(() => rm(folder, { recursive: true }));

function saltsIn(place: string, mayCreate = true, unique = '1') {
  const log = createQuietLog();
  problems = log.problems;
  return createSaltFile({ folder: place, unique, mayCreate, troubles: createTroubleLog(log) });
}

async function disguisedIn(place: string, mayCreate = true): Promise<Host[]> {
  const lan = { ...NO_LAN, view: () => Promise.resolve({ devices: 3, hosts: HOSTS }) };
  return (await createDisguisedLan(lan, saltsIn(place, mayCreate)).view()).hosts;
}

describe('disguised LAN', () => {
  it('tells hashes in place of hardware addresses and names, and leaves the rest', async () => {
    const [first, second, third] = await disguisedIn(folder);

    expect(first).toMatchObject({ ip: '10.0.0.1', vendor: 'Acme', ports: [80], name: expect.stringMatching(/^host-[0-9a-f]{16}$/) });
    expect(Object.keys(first ?? {})).toEqual(['ip', 'mac', 'vendor', 'name', 'ports']);
    expect(third).toEqual({ ip: '10.0.0.3' });
    for (const host of [first, second]) {
      // Locally administered, and of one host.
      expect(host?.mac).toMatch(/^[0-9a-f][26ae](:[0-9a-f]{2}){5}$/);
    }
    expect(first?.mac).not.toBe(second?.mac);
    expect(JSON.stringify([first, second])).not.toMatch(/a4:b1|3c:22|printer/);
    expect(decodeReport({ node: 'a', hosts: [first, second, third] }, 0).ok).toBe(true);
  });

  it('tells the same of a host in each run, and another thing at another site', async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'harvester-salt-'));

    const [here, again, there] = [await disguisedIn(folder), await disguisedIn(folder), await disguisedIn(elsewhere)];
    await rm(elsewhere, { recursive: true });

    expect(again).toEqual(here);
    expect(there[0]?.mac).not.toBe(here[0]?.mac);
    expect(there[0]?.name).not.toBe(here[0]?.name);
  });

  it('leaves both out where no salt can be kept, and says so once', async () => {
    await writeFile(join(folder, 'file'), '');

    expect(await disguisedIn(join(folder, 'file', 'state'))).toEqual([{ ip: '10.0.0.1', vendor: 'Acme', ports: [80] }, { ip: '10.0.0.2' }, { ip: '10.0.0.3' }]);

    expect(problems).toEqual([expect.stringContaining('are left out, since the salt for their hashes cannot be kept: ENOTDIR')]);
  });
});

describe('salt', () => {
  it('is readable by its owner only, and never replaced', async () => {
    await saltsIn(folder).load();
    const before = await readFile(join(folder, 'salt'), 'utf8');

    await saltsIn(folder).load();

    expect((await stat(join(folder, 'salt'))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(folder, 'salt'), 'utf8')).toBe(before);
  });

  it('is the same for runs that make it at the same moment', async () => {
    const salts = await Promise.all(Array.from({ length: 20 }, (_, at) => saltsIn(folder, true, String(at)).load()));

    expect(new Set(salts.map((salt) => salt?.toString('hex'))).size).toBe(1);
  });

  it('is not made by who may leave no trace', async () => {
    expect(await saltsIn(folder, false).load()).toHaveLength(32);

    await expect(stat(join(folder, 'salt'))).rejects.toThrow('ENOENT');
  });

  it('is not guessed from a spoiled file, which stays for people to look at', async () => {
    await writeFile(join(folder, 'salt'), 'abc\n');

    expect(await saltsIn(folder).load()).toBeUndefined();

    expect(problems.join()).toContain('holds no salt of 32 bytes');
    expect(await readFile(join(folder, 'salt'), 'utf8')).toBe('abc\n');
  });
});
