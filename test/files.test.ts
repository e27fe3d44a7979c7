import { lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makeFolder, type RunningNester, runProgram, startAgent, startNester } from './support/program.ts';
import { exchangeRaw, postReport, until } from './support/requests.ts';

/** Files of both programs: whose they are, what they are written through, and that none is served. */

const started: RunningNester[] = [];
async function startOn(dataDir: string, env: Record<string, string> = {}): Promise<RunningNester> {
  const nester = await startNester({ dataDir, env });
  started.push(nester);
  return nester;
}
afterAll(() => Promise.all(started.map((nester) => nester.kill())));

/** Path and mode of all there is in a folder, and of itself. */
function modesIn(folder: string): [string, string][] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return [folder, ...entries.map(({ parentPath, name }) => join(parentPath, name))].map((at) => [at, (lstatSync(at).mode & 0o777).toString(8)]);
}

const isOwn = ([at, mode]: [string, string]): boolean => mode === (lstatSync(at).isDirectory() ? '700' : '600');

describe('what Nester writes', () => {
  it('is its own user\'s alone, whatever the umask is', async () => {
    const folder = join(makeFolder(), 'new', 'data');
    const nester = await startNester({ dataDir: folder, env: { NESTER_PASSWORD: 'correct horse' }, under: ['sh', '-c', 'umask 0; exec "$@"', 'sh'] });
    started.push(nester);
    await postReport(nester.url, { node: 'a' });
    await runProgram('nester.js', ['keys', 'add', 'lyon'], { env: { NESTER_DATA_DIR: folder } });
    await until('the key is needed', async () => (await postReport(nester.url, { node: 'a' })).status === 401);
    await fetch(`${nester.url}/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"password":"correct horse"}' });
    await nester.stop();

    const modes = modesIn(folder);

    expect(modes.length).toBeGreaterThan(6);
    expect(modes.filter((entry) => !isOwn(entry))).toEqual([]);
  });

  it('goes through no symlink that was laid in its place', async () => {
    const folder = makeFolder();
    const victims = makeFolder('victims');
    const names = ['data.json', 'history.json', 'sessions.json', 'status.log', 'inventory.log', 'nester.lock'];
    for (const name of names) {
      writeFileSync(join(victims, name), 'precious');
      symlinkSync(join(victims, name), join(folder, name));
    }

    const nester = await startNester({ dataDir: folder, env: { NESTER_PASSWORD: 'correct horse' } }).catch((error: unknown) => error as Error);
    if (!(nester instanceof Error)) {
      await postReport(nester.url, { node: 'a' });
      await nester.stop();
    }
    await runProgram('nester.js', ['keys', 'add', 'lyon'], { env: { NESTER_DATA_DIR: folder } });

    for (const name of names) expect([name, readFileSync(join(victims, name), 'utf8')]).toEqual([name, 'precious']);
  });

  it.each(['keys.json', 'sessions.json', 'history.json', 'status.log', 'inventory.log'])('a symlink %s alone: nothing is written through it', async (name) => {
    const folder = makeFolder();
    const victim = join(makeFolder('victim'), 'precious');
    writeFileSync(victim, 'precious');
    symlinkSync(victim, join(folder, name));

    const nester = await startNester({ dataDir: folder, env: { NESTER_PASSWORD: 'correct horse' } }).catch((error: unknown) => error as Error);
    if (!(nester instanceof Error)) {
      await postReport(nester.url, { node: 'a' });
      await nester.stop();
    } else {
      expect(nester.message).toContain(name);
    }

    expect(readFileSync(victim, 'utf8')).toBe('precious');
  });

  it('is never served, by whatever name it is asked for', async () => {
    const folder = makeFolder();
    const nester = await startOn(folder);
    await postReport(nester.url, { node: 'a' });
    const marks = ['"node":"a"', 'root:'];
    const names = ['data.json', 'log/000000001.log', 'history.json', '.env', 'nester.js', 'package.json'];
    const ways = (name: string): string[] => [
      `/${name}`,
      `//${name}`,
      `/./${name}`,
      `/nodes/../${name}`,
      `/nodes/..%2f${name}`,
      `/%2e%2e/${name}`,
      `/..%5c${name}`,
      `/%2fetc%2fpasswd`,
      `/../../../../../../etc/passwd`,
      `/%00${name}`,
      `/${name}%00.js`,
      `/main.js/../${name}`,
      `${folder}/${name}`,
    ];

    for (const way of names.flatMap(ways)) {
      const answer = await exchangeRaw(nester.port, `GET ${way} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
      // A node may have any name: then it is the page that comes, which finds no such node.
      const isPage = way.startsWith('/nodes/') && answer.startsWith('HTTP/1.1 200 ') && answer.includes('<!doctype html>');
      expect([way, isPage ? 'page' : answer.slice(9, 12)]).toEqual([way, expect.stringMatching(/^(40[04]|page)$/)]);
      for (const mark of marks) expect(answer).not.toContain(mark);
    }
  });
});

describe('what a Harvester writes', () => {
  const env = { NESTER: 'http://127.0.0.1:9', HARVESTER_SCAN: 'off', HARVESTER_PINGS: '1', HARVESTER_TARGET: '127.0.0.1', HARVESTER_NODE: 'a' };

  it('is its own user\'s alone, whatever the umask is', async () => {
    const folder = join(makeFolder(), 'new', 'state');
    const { code } = await runProgram('harvester.js', ['once'], { env: { ...env, HARVESTER_STATE_DIR: folder }, under: ['sh', '-c', 'umask 0; exec "$@"', 'sh'] });
    const agent = startAgent({ env: { ...env, HARVESTER_STATE_DIR: folder, HARVESTER_INTERVAL: '1' } });
    await until('the agent keeps reports', () => readdirSync(folder, { recursive: true }).length > 2);
    await agent.stop();

    const modes = modesIn(folder);

    expect(code).toBe(1);
    expect(modes.length).toBeGreaterThan(2);
    expect(modes.filter((entry) => !isOwn(entry))).toEqual([]);
  });

  it('goes through no symlink that was laid in its place', async () => {
    const folder = makeFolder();
    await runProgram('harvester.js', ['once'], { env: { ...env, HARVESTER_STATE_DIR: folder } });
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(folder, name)).isFile());
    expect(names.length).toBeGreaterThan(0);

    for (const name of names) {
      const trap = makeFolder();
      const victim = join(makeFolder('victim'), 'precious');
      writeFileSync(victim, 'precious');
      mkdirSync(join(trap, name, '..'), { recursive: true });
      symlinkSync(victim, join(trap, name));
      await runProgram('harvester.js', ['once'], { env: { ...env, HARVESTER_STATE_DIR: trap } });
      expect([name, readFileSync(victim, 'utf8')]).toEqual([name, 'precious']);
    }
  });
});
