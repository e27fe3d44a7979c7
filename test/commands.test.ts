import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { root } from '../deploy/prepare.mjs';
import { PAGES, takeBlock } from './documented-commands.mjs';
import { createAuthority } from './support/certificates.ts';
import { dist, makeFolder, type RunningNester, startNester } from './support/program.ts';
import { postReport, until } from './support/requests.ts';

/** Commands of the documentation, run as they stand there. That none is forgotten is what test/run.mjs asks at its end. */

let nester: RunningNester;
beforeAll(async () => {
  nester = await startNester();
});
afterAll(() => nester.stop());

/** A block with this Nester's address and this build's programs in it. */
function command(page: string, containing: string, changes: Record<string, string> = {}): string {
  const all = { 'http://nester.example.org:5000': nester.url, '/opt/nester-harvester/': dist, 'node dist/': `node ${dist}`, 'node nester.js': `node ${dist}nester.js`, 'node harvester.js': `node ${dist}harvester.js`, ...changes };
  return Object.entries(all).reduce((text, [from, to]) => text.replaceAll(from, to), takeBlock(page, containing));
}

function run(script: string, { env = {}, cwd = makeFolder('commands'), input = '' }: { env?: Record<string, string>; cwd?: string; input?: string } = {}) {
  const { status, stdout, stderr } = spawnSync('sh', ['-ec', script], { cwd, input, encoding: 'utf8', timeout: 100_000, env: { PATH: process.env['PATH'], ...env } });
  return { status, stdout, stderr };
}

const quiet = (node: string): Record<string, string> => ({ HARVESTER_NODE: node, HARVESTER_PINGS: '1', HARVESTER_SCAN: 'off', HARVESTER_TARGET: '127.0.0.1', HARVESTER_STATE_DIR: makeFolder('state') });

/** Runs what stays, until it has done what it is for. */
async function runUntil(script: string, env: Record<string, string>, what: string, isSo: () => Promise<boolean>): Promise<void> {
  const child = spawn('sh', ['-ec', script], { cwd: makeFolder('commands'), env: { PATH: process.env['PATH'], ...env }, stdio: 'ignore', detached: true });
  onTestFinished(() => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  });
  await until(what, isSo);
}

const hasReported = async (node: string): Promise<boolean> => (await fetch(`${nester.url}/api/nodes/${encodeURIComponent(node)}`)).status === 200;

describe('the commands of the documentation', () => {
  it('are known to the programs, also where a sentence names them', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
    const known = ['nester', 'harvester'].map((program) => run(`node ${dist}${program}.js --help`).stdout).join('\n');

    const named = PAGES.flatMap((page) => Array.from(readFileSync(join(root, page), 'utf8').matchAll(/`(?:sudo )?(?:node )?(?:\S*\/)?((?:npm|npx|nester(?:\.js)?|harvester(?:\.js)?) [^`]+)`/g), ([, command = '']) => ({ page, command })));
    const unknown = named.filter(({ command }) => {
      const [program = '', word = '', name = ''] = command.split(' ');
      if (program === 'npm') return scripts[word === 'run' ? name : word] === undefined;
      if (program === 'npx') return !existsSync(join(root, command.split(' ').at(-1) ?? ''));
      return !new RegExp(`^ +(${program.replace('.js', '')} )?${word}( |$)`, 'm').test(known);
    });

    expect(unknown).toEqual([]);
    expect(named.length).toBeGreaterThan(20);
  });

  it('README.md: what runs all tests is what a build server runs', () => {
    const [, line = ''] = takeBlock('README.md', 'npm test').split('\n');

    expect(readFileSync(join(root, '.ci/run'), 'utf8')).toContain(`\nexec ${line.replace(/ *#.*/, '')} </dev/null\n`);
  });

  it('docs/harvester.md: each command of a Harvester does what stands behind it', async () => {
    const env = { NESTER: nester.url, ...quiet('by hand') };
    for (const line of command('docs/harvester.md', 'harvester.js once').trim().split('\n')) {
      if (line.includes(' agent')) await runUntil(line, { ...env, ...quiet('agent by hand') }, 'the agent has reported', () => hasReported('agent by hand'));
      else expect(run(line, { env }), line).toMatchObject({ status: 0 });
    }
    expect(await hasReported('by hand')).toBe(true);
  });

  it.each(['README.md', 'README.fr.md'])('%s: the agent and the line for a shell report', async (page) => {
    const agent = command(page, 'node harvester.js agent');
    const line = command(page, 'sh /opt/nester-harvester/harvester.sh', { '/opt/nester-harvester/': join(root, 'deploy/shell/') }).trim();
    expect(line).toMatch(/^\* \* \* \* \* /);

    await runUntil(agent, quiet(`agent of ${page}`), 'the agent has reported', () => hasReported(`agent of ${page}`));
    expect(run(line.slice('* * * * * '.length), { env: quiet(`shell of ${page}`) })).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(await hasReported(`shell of ${page}`)).toBe(true);
  });

  it.each(['docs/install.md', 'docs/install.fr.md'])('%s: a backup, and what it was made of brought back from it', async (page) => {
    const running = await startNester();
    await postReport(running.url, { node: 'kept' });
    const [cwd, folder] = [makeFolder('backups'), makeFolder('restored')];
    const program = `node ${dist}nester.js`;

    expect(run(command(page, 'nester backup', { 'nester backup': `${program} backup`, '/var/lib/nester': running.dataDir }), { cwd })).toMatchObject({ status: 0, stderr: '' });
    await running.stop();
    expect(run(command(page, 'nester restore', { 'nester restore': `${program} restore`, '/var/lib/nester': folder }), { cwd })).toMatchObject({ status: 0, stderr: '' });

    const again = await startNester({ dataDir: folder });
    expect((await fetch(`${again.url}/api/nodes/kept`)).status).toBe(200);
    await again.stop();
  });

  it('docs/data-json.md: reset leaves nothing to start from', async () => {
    const running = await startNester();
    await postReport(running.url, { node: 'a' });
    await running.stop();

    expect(run(command('docs/data-json.md', 'nester.js reset', { '/var/lib/nester': running.dataDir }))).toMatchObject({ status: 0, stderr: '' });

    expect(existsSync(join(running.dataDir, 'data.json'))).toBe(false);
  });

  it('docs/history.md: jq lists the hours of a node', async () => {
    const running = await startNester();
    await postReport(running.url, { node: 'lyon-01', latency: 3.5, timestamp: Date.now() - 3 * 86_400_000 });
    await running.stop();
    // The line of a day that is over is written soon after a start.
    const again = await startNester({ dataDir: running.dataDir });
    await until('the day is in history.json', () => existsSync(join(running.dataDir, 'history.json')) && readFileSync(join(running.dataDir, 'history.json'), 'utf8').includes('lyon-01'));
    await again.stop();

    const { status, stdout } = run(command('docs/history.md', 'history.json'), { cwd: running.dataDir });

    expect(status).toBe(0);
    expect(stdout).toMatch(/^\d{4}-\d\d-\d\d\t\d+\t3\.5\n$/);
  });

  it('docs/security.md: a key is made, listed and revoked; a password becomes a hash', () => {
    const cwd = makeFolder('keys');

    const keys = run(command('docs/security.md', 'keys add'), { cwd, env: { NESTER_DATA_DIR: cwd } });
    const password = run(command('docs/security.md', 'nester.js password'), { cwd, input: 'correct horse battery\n' });

    expect(keys).toMatchObject({ status: 0, stderr: '' });
    expect(keys.stdout).toMatch(/lyon-\*[\s\S]*NAME +CREATED[\s\S]*is revoked/);
    expect(password).toMatchObject({ status: 0, stdout: expect.stringMatching(/^scrypt:/) as string });
  });

  it('docs/security.md: with a certificate it speaks TLS', async () => {
    const folder = makeFolder('tls');
    const { cert, key } = createAuthority(folder).issue('nester');
    const script = command('docs/security.md', 'NESTER_TLS_CERT', { '/etc/letsencrypt/live/nester.example.org/fullchain.pem': cert, '/etc/letsencrypt/live/nester.example.org/privkey.pem': key });
    const child = spawn('sh', ['-ec', script], { cwd: folder, env: { PATH: process.env['PATH'], NESTER_HOST: '127.0.0.1', NESTER_PORT: '0' }, stdio: ['ignore', 'pipe', 'ignore'], detached: true });
    onTestFinished(() => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    });

    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    await until('it listens', () => /^Nester listening on https:/m.test(said));
  });
});
