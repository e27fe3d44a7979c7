import { spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { build, root } from '../deploy/prepare.mjs';
import { dist, makeFolder, runProgram, startNester } from './support/program.ts';

const about = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

/** Copies one program alone into an empty folder, as one does to put it on another machine. */
function copied(name: string): { folder: string; program: string } {
  const folder = makeFolder('alone');
  const program = join(folder, name);
  copyFileSync(join(dist, name), program);
  return { folder, program };
}

/** Runs it there, with nothing around it but Node and the system's tools. */
function runAlone({ folder, program }: { folder: string; program: string }, args: string[], env: Record<string, string> = {}) {
  const surroundings = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: folder, ...env };
  return spawnSync(process.execPath, [program, ...args], { cwd: folder, env: surroundings, encoding: 'utf8', timeout: 60_000 });
}

/** Files of the page that have another address than their name. */
const PAGES: Record<string, string> = { 'index.html': '/', 'nodes.html': '/nodes/lyon-01' };

describe('the program files', () => {
  it.each(['nester.js', 'harvester.js'])('%s runs alone in an empty folder, and leaves nothing there', (name) => {
    const alone = copied(name);

    const version = runAlone(alone, ['--version']);
    const help = runAlone(alone, ['--help']);

    expect(version).toMatchObject({ status: 0, stderr: '' });
    expect(version.stdout.trim().split(/\s+/).at(-1)).toBe(about.version);
    expect(help).toMatchObject({ status: 0, stderr: '' });
    expect(readdirSync(alone.folder)).toEqual([name]);
  });

  it.each(['nester.js', 'harvester.js'])('%s may be run by its name', (name) => {
    const program = join(dist, name);

    expect(readFileSync(program, 'utf8').startsWith('#!/usr/bin/env node\n')).toBe(true);
    expect(statSync(program).mode & 0o111).toBe(0o111);
  });

  it.each([
    ['nester.js', ['express', 'ws', 'chokidar', 'zod', 'pino', 'reconnecting-websocket']],
    ['harvester.js', ['ws', 'cross-spawn', 'fast-xml-parser', 'reconnecting-websocket']],
  ])('%s carries the licences of what is in it', (name, packages) => {
    const text = readFileSync(join(dist, name), 'utf8');
    const all = readFileSync(join(dist, 'LICENSES'), 'utf8');

    for (const title of packages) {
      expect(text).toMatch(new RegExp(`^${title} \\d+\\.\\d+\\.\\d+ \\(MIT\\)$`, 'm'));
      expect(all).toMatch(new RegExp(`^${title} \\d+\\.\\d+\\.\\d+ \\(MIT\\)$`, 'm'));
    }
  });

  it('measure here and deliver to each other when both were copied alone', async () => {
    const harvester = copied('harvester.js');
    const nester = await startNester();

    const { status, stderr } = runAlone(harvester, ['once'], {
      NESTER: nester.url,
      HARVESTER_NODE: 'copied',
      HARVESTER_PINGS: '1',
      HARVESTER_SCAN: 'off',
      HARVESTER_STATE_DIR: join(harvester.folder, 'state'),
    });
    const nodes = (await (await fetch(`${nester.url}/api/nodes`)).json()) as { node: string }[];
    await nester.stop();

    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(nodes.map(({ node }) => node)).toEqual(['copied']);
  });

  it('nester.js serves the page of dist/public from inside itself, compressed as asked', async () => {
    const nester = await startNester();
    const files = readdirSync(join(dist, 'public'));

    for (const encoding of ['br', 'gzip', 'identity']) {
      for (const name of files) {
        const page = PAGES[name];
        const path = page ?? `/${name}`;
        const response = await fetch(nester.url + path, { headers: { 'accept-encoding': encoding } });

        // fetch has decompressed it.
        expect(Buffer.from(await response.arrayBuffer()).equals(readFileSync(join(dist, 'public', name)))).toBe(true);
        expect(response.status).toBe(200);
        if (page === undefined) expect(response.headers.get('cache-control')).toContain('immutable');
        if (/\.(js|css)$/.test(name)) expect(response.headers.get('content-encoding') ?? 'identity').toBe(encoding);
      }
    }
    await nester.stop();
  });

  it('are the same bytes when built again', async () => {
    const names = ['nester.js', 'harvester.js', 'LICENSES', ...readdirSync(join(dist, 'public')).map((name) => `public/${name}`)];
    const before = names.map((name) => readFileSync(join(dist, name)));

    await build(() => undefined, { force: true });

    names.forEach((name, at) => expect(readFileSync(join(dist, name)).equals(before[at]!), name).toBe(true));
  });

  it('say what is wrong with the configuration, and do not start', async () => {
    const nester = await runProgram('nester.js', [], { env: { NESTER_PORT: 'eighty', NESTER_RETENTION: '7' } });
    const harvester = await runProgram('harvester.js', ['once'], { env: { NESTER: 'ftp://x', HARVESTER_PINGS: '-1' } });

    expect(nester.code).not.toBe(0);
    expect(nester.stderr).toContain('NESTER_PORT');
    expect(nester.stderr).toContain('NESTER_RETENTION');
    expect(harvester.code).toBe(2);
    expect(harvester.stderr).toContain('NESTER');
    expect(harvester.stderr).toContain('HARVESTER_PINGS');
  });
});
