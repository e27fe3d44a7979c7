import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { root } from '../deploy/prepare.mjs';
import { firstCommands } from '../public/views/fleet/first-commands.ts';
import type { StoredReport } from '../protocol/report.ts';
import { dist, makeFolder, type RunningNester, startNester } from './support/program.ts';
import { until } from './support/requests.ts';

/** A site that gets its Harvester from its Nester, and has nothing else of ours. */

const NAMES = ['harvester.sh', 'harvester.js', 'install.sh'];
let nester: RunningNester;

beforeAll(async () => {
  nester = await startNester({ env: { NESTER_API_KEY: 'a-key' } });
});

/** As the documentation says: with curl, then checked. */
function download(): string {
  const folder = makeFolder('site');
  for (const name of [...NAMES, 'checksums.txt']) execFileSync('curl', ['-fsSO', `${nester.url}/${name}`], { cwd: folder });
  return folder;
}

function check(folder: string): string {
  return execFileSync('sh', ['-c', 'sha256sum -c --ignore-missing checksums.txt 2>&1 || true'], { cwd: folder, encoding: 'utf8' });
}

async function reportsOf(node: string): Promise<StoredReport[]> {
  const answer = await fetch(`${nester.url}/api/reports?node=${node}`);
  return (await answer.json()) as StoredReport[];
}

/** A quiet site: one echo request, to this machine itself, and no scan. */
function surroundings(folder: string, node: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    NESTER: nester.url,
    NESTER_API_KEY: 'a-key',
    HARVESTER_NODE: node,
    HARVESTER_STATE_DIR: join(folder, 'state'),
    HARVESTER_PINGS: '1',
    HARVESTER_SCAN: 'off',
    HARVESTER_TARGETS: 'gateway=127.0.0.1',
    HARVESTER_TARGET: '127.0.0.1',
  };
}

describe('a Harvester from its Nester', () => {
  it('is the very file that was built, and its checksum says so', () => {
    const folder = download();

    expect(readFileSync(join(folder, 'harvester.js'))).toEqual(readFileSync(join(dist, 'harvester.js')));
    expect(readFileSync(join(folder, 'harvester.sh'))).toEqual(readFileSync(join(root, 'deploy/shell/harvester.sh')));
    expect(check(folder).trim().split('\n')).toEqual(NAMES.map((name) => `${name}: OK`));
  });

  it('is had without a login, even where all else needs one', async () => {
    const shut = await startNester({ env: { NESTER_PASSWORD: 'correct horse' } });

    const statuses = ['/harvester.js', '/install.sh', '/checksums.txt', '/api/nodes'].map(async (path) => (await fetch(`${shut.url}${path}`)).status);

    expect(await Promise.all(statuses)).toEqual([200, 200, 200, 401]);
  });

  it('is had by whatever name a site knows its Nester', () => {
    const headers = execFileSync('curl', ['-fsSI', '-H', 'Host: nester.example.org', `${nester.url}/harvester.js`], { encoding: 'utf8' });

    expect(headers).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('is told from one that was changed on the way', () => {
    const folder = download();
    writeFileSync(join(folder, 'harvester.js'), 'x', { flag: 'a' });

    expect(check(folder)).toContain('harvester.js: FAILED');
  });

  it.each([
    ['harvester.js', process.execPath],
    ['harvester.sh', 'sh'],
  ])('%s reports to where it came from', async (name, program) => {
    const folder = download();
    const node = name.replace('.', '-');

    execFileSync(program, [name, 'once'], { cwd: folder, env: surroundings(folder, node), timeout: 60_000 });

    const about = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    expect(await reportsOf(node)).toMatchObject([{ node, agent: { version: expect.stringContaining(about.version) as string } }]);
  });

  it.each(['agent', 'shell'] as const)('comes and reports by the %s command of a page that has no node yet', async (way) => {
    const folder = makeFolder('site');
    const node = `first-${way}`;
    const child = spawn('sh', ['-c', firstCommands(nester.url)[way]], {
      cwd: folder,
      env: { ...surroundings(folder, node), NESTER: '' },
      stdio: 'ignore',
      // A group of its own, since the command goes on until it is stopped.
      detached: true,
    });
    onTestFinished(() => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    });

    await until('it has reported', async () => (await reportsOf(node)).length > 0, 60_000);
  });
});
