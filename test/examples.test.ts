import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeBlock } from './documented-commands.mjs';
import { dist, makeFolder, type RunningNester, startNester } from './support/program.ts';
import { postReport, until } from './support/requests.ts';
import { findPython } from './tools.mjs';

/** The commands of the documentation are run as they stand there, against a Nester of their own. */

const readmes = ['README.md', 'README.fr.md'];
let nester: RunningNester;
beforeAll(async () => {
  nester = await startNester();
});
afterAll(() => nester.stop());

/** The code block that contains a text, with this Nester's address and this build's programs in it. */
function example(page: string, containing: string): string {
  return takeBlock(page, containing).replaceAll('http://nester.example.org:5000', nester.url).replaceAll('/opt/nester-harvester/', dist);
}

function runShell(script: string, env: Record<string, string> = {}, cwd = nester.dataDir) {
  const result = spawnSync('sh', ['-e'], {
    input: script,
    cwd,
    env: { PATH: process.env['PATH'], ...env },
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (result.error) throw result.error;
  return result;
}

const dataFile = (): { node: string; timestamp: string }[] =>
  JSON.parse(readFileSync(join(nester.dataDir, 'data.json'), 'utf8')) as { node: string; timestamp: string }[];

describe('the examples of the documentation', () => {
  it.each(readmes)('the curl of %s is answered when its report is in data.json', (readme) => {
    const { status, stdout } = runShell(example(readme, '/api/report').replace('curl ', 'curl -s '));

    const answer = JSON.parse(stdout) as { node: string; timestamp: string; duplicate: boolean };
    expect(status).toBe(0);
    expect(answer.duplicate).toBe(false);
    expect(dataFile()).toContainEqual(expect.objectContaining({ node: answer.node, timestamp: answer.timestamp, metrics: { battery: 97 } }));
  });

  it.each(readmes)('the Harvesters of %s come from the Nester, whole', (readme) => {
    const folder = makeFolder('site');

    const checked = runShell(example(readme, 'checksums.txt'), {}, folder);
    const shell = runShell(example(readme, '/harvester.sh'), {}, folder);

    expect(checked).toMatchObject({ status: 0, stdout: 'harvester.js: OK\n', stderr: '' });
    expect(shell).toMatchObject({ status: 0, stdout: '', stderr: '' });
    for (const name of ['harvester.js', 'harvester.sh']) expect(runShell(`${name.endsWith('sh') ? 'sh' : 'node'} ${name} --version`, {}, folder).status).toBe(0);
  });

  it.each(readmes)('the Python of %s makes a row', async (readme) => {
    const python = findPython();
    if (python === undefined) {
      throw new Error('No Python with requests here. On Debian or Ubuntu: sudo apt-get install -y --no-install-recommends python3-requests');
    }

    const { status, stderr } = spawnSync(python, ['-'], { input: example(readme, 'requests.post'), encoding: 'utf8', timeout: 60_000 });
    const row: unknown = await (await fetch(`${nester.url}/api/nodes/lyon-01`)).json();

    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(row).toMatchObject({ node: 'lyon-01', ip: '10.0.0.7', devices: 12, latency: 3.4, interval: 60, status: 'online' });
    expect(dataFile().at(-1)).toMatchObject({ node: 'lyon-01', latency: 3.4 });
  });

  it.each(readmes)('the cron line of %s delivers a report, and is silent', async (readme) => {
    const line = example(readme, 'harvester.js once').trim();
    expect(line).toMatch(/^\* \* \* \* \* /);

    const { status, stdout, stderr } = runShell(line.slice('* * * * * '.length), {
      HARVESTER_NODE: `from ${readme}`,
      HARVESTER_PINGS: '1',
      HARVESTER_SCAN: 'off',
      HARVESTER_STATE_DIR: makeFolder('state'),
    });

    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
    expect((await fetch(`${nester.url}/api/nodes/${encodeURIComponent(`from ${readme}`)}`)).status).toBe(200);
  });

  it('the jq of docs/data-json.md reads the newest latency of each node', async () => {
    await fetch(`${nester.url}/api/report`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ node: 'jq-site', latency: 8.5 }),
    });

    const { stdout } = runShell(example('docs/data-json.md', 'max_by'));

    expect(stdout.split('\n')).toContain('jq-site\t8.5');
  });

  it('the jq edit of docs/data-json.md takes a site out of the file, and off the screen', async () => {
    await fetch(`${nester.url}/api/report`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ node: 'old-site' }),
    });

    // A report of the very moment of the edit would be kept, since whoever edits may not have seen it.
    const probe = join(makeFolder('clock'), 'probe');
    const answeredAt = Date.now();
    await until('the clock of the file system has moved on', () => {
      writeFileSync(probe, '');
      return statSync(probe).mtimeMs > answeredAt + 10;
    });
    expect(runShell(example('docs/data-json.md', '&& mv')).status).toBe(0);
    await until('the site is gone', async () => (await fetch(`${nester.url}/api/nodes/old-site`)).status === 404);

    expect(dataFile().map(({ node }) => node)).not.toContain('old-site');
    expect(dataFile().length).toBeGreaterThan(0);
  });

  it('an accident as described in docs/data-json.md loses nothing, and leaves what was there', async () => {
    const calm = await startNester();
    const path = join(calm.dataDir, 'data.json');
    await postReport(calm.url, { node: 'kept' });
    await until('the report is in the file', () => readFileSync(path, 'utf8').includes('"kept"'));
    const before = readFileSync(path, 'utf8');

    writeFileSync(path, '[{"node":');
    await until('the file is restored', () => readFileSync(path, 'utf8').endsWith(']\n'));

    expect(runShell('cat data.json.rejected-*', {}, calm.dataDir).stdout).toBe('[{"node":');
    expect(readFileSync(path, 'utf8')).toBe(before);
    await calm.stop();
  });
});
