import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../clock.ts';
import { createRunChild } from '../child.ts';
import { createNmapScan } from './nmap.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'harvester-nmap-'));
});
afterEach(() => rm(folder, { recursive: true }));

const runIn = (path: string) =>
  createRunChild({
    environment: { PATH: path },
    platform: process.platform,
    clock: systemClock,
    kill: (pid, signal) => void process.kill(pid, signal),
  });

async function install(name: string, script: string): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, name), 0o755);
}

describe('nmap', () => {
  const subnet = { address: '127.0.0.1', prefix: 32 };

  it('really scans, and finds this machine', async () => {
    const scan = createNmapScan(runIn(process.env['PATH'] ?? ''));

    const found = await scan(subnet, 60_000);

    expect(found, 'apt-get install nmap').toEqual({ ok: true, value: [{ ip: '127.0.0.1' }] });
  });

  it.each([
    ['is missing', undefined, { ok: 'missing' }],
    ['hangs', 'exec sleep 600', { ok: false, errors: [{ message: 'nmap took longer than 1 s' }] }],
    ['prints megabytes', 'exec yes', { ok: false, errors: [{ message: 'nmap printed more than 4 MiB' }] }],
    ['fails', 'echo "no route" >&2; exit 1', { ok: false, errors: [{ message: 'nmap ended with code 1: no route' }] }],
    ['is killed while it writes', "echo '<nmaprun><host>'", { ok: false }],
  ])('gives no count when it %s', async (_what, script, expected) => {
    if (script !== undefined) await install('nmap', script);
    const scan = createNmapScan(runIn(script === undefined ? folder : `${folder}:/usr/bin:/bin`));

    expect(await scan(subnet, script === 'exec sleep 600' ? 1_000 : 30_000)).toMatchObject(expected);
  });
});
