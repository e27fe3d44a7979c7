import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { root } from '../deploy/prepare.mjs';
import { makeFolder } from './support/program.ts';

/** The package, as somebody gets it who has npm and nothing else of ours. */

const OURS = /^package\/(package\.json|README(\.fr)?\.md|LICENSE|SECURITY\.md|CHANGELOG\.md|dist\/(nester\.js|harvester\.js|package\.json|LICENSES)|deploy\/(cron|docker|proxies|shell|systemd|windows)\/[\w.-]+|docs\/[\w.-]+\.md|docs\/pictures\/[\w.-]+\.png)$/;

function pack(): string {
  const folder = makeFolder('package');
  const said = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const [{ filename } = { filename: '' }] = JSON.parse(said.slice(said.indexOf('[\n'))) as { filename: string }[];
  return join(folder, filename);
}

it('holds what is needed and nothing else, installs elsewhere, and runs both programs with npx', async () => {
  const file = pack();
  const names = execFileSync('tar', ['-tzf', file], { encoding: 'utf8' }).trim().split('\n');
  expect(names.filter((name) => !OURS.test(name))).toEqual([]);
  expect(names).toEqual(expect.arrayContaining(['package/dist/nester.js', 'package/dist/harvester.js', 'package/deploy/shell/install.sh', 'package/docs/install.md']));

  const elsewhere = makeFolder('elsewhere');
  const env = { PATH: process.env['PATH'] ?? '', HOME: elsewhere };
  writeFileSync(join(elsewhere, 'package.json'), '{"private":true}');
  // It needs no other package: none is asked for.
  execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund', file], { cwd: elsewhere, env, stdio: 'ignore' });
  const npx = (...args: string[]): string => execFileSync('npx', ['--offline', ...args], { cwd: elsewhere, env, encoding: 'utf8' });
  expect(npx('nester', '--version')).toMatch(/^nester \d+\.\d+\.\d+\n$/);

  const nester = spawn('npx', ['--offline', 'nester', '--port', '0', '--host', '127.0.0.1'], { cwd: elsewhere, env, stdio: ['ignore', 'pipe', 'ignore'], detached: true });
  onTestFinished(async () => {
    if (nester.exitCode !== null) return;
    process.kill(-(nester.pid ?? NaN), 'SIGKILL');
    await once(nester, 'close');
  });
  const [ready] = (await once(nester.stdout.setEncoding('utf8'), 'data')) as [string];
  const url = /^Nester listening on (\S+)\n/.exec(ready)?.[1] ?? '';
  execFileSync('npx', ['--offline', 'harvester', 'once'], { cwd: elsewhere, env: { ...env, NESTER: url, HARVESTER_NODE: 'by npx', HARVESTER_PINGS: '1', HARVESTER_SCAN: 'off', HARVESTER_TARGET: '127.0.0.1', HARVESTER_STATE_DIR: join(elsewhere, 'state') } });
  expect((await fetch(`${url}/api/nodes/by%20npx`)).status).toBe(200);
});
