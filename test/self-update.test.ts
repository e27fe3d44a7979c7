import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { dist, makeFolder, type RunningNester, runProgram, startAgent, startNester } from './support/program.ts';
import { until } from './support/requests.ts';

/** A Harvester that may update itself, and what its Nester serves: a good one, and several that are not. */

const program = readFileSync(join(dist, 'harvester.js'), 'utf8');
const NEWER = program.replaceAll(/"\d+\.\d+\.\d+"/g, '"77.0.0"');
let nester: RunningNester;
beforeAll(async () => {
  nester = await startNester();
});
afterAll(() => nester.stop());

/** The Nester, but for the program that it serves, and what it says of that. */
async function serving(text: string, sum = createHash('sha256').update(text).digest('hex')): Promise<string> {
  const server = createServer((incoming, answer) => {
    if (incoming.url === '/harvester.js') answer.end(text);
    else if (incoming.url === '/checksums.txt') answer.end(`${sum}  harvester.js\n`);
    else {
      const onward = request(`${nester.url}${incoming.url ?? ''}`, { method: incoming.method, headers: incoming.headers }, (response) => {
        answer.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(answer);
      });
      onward.on('error', () => answer.destroy());
      incoming.pipe(onward);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function site(url: string, node: string, more: Record<string, string> = {}) {
  const state = makeFolder('state');
  const env = { NESTER: url, HARVESTER_NODE: node, HARVESTER_STATE_DIR: state, HARVESTER_PINGS: '1', HARVESTER_SCAN: 'off', HARVESTER_TARGET: '127.0.0.1', HARVESTER_SELF_UPDATE: '1', ...more };
  return { env, update: join(state, 'update'), run: () => runProgram('harvester.js', ['once'], { env }) };
}

async function versionOf(node: string): Promise<string | undefined> {
  const row = (await (await fetch(`${nester.url}/api/nodes/${node}`)).json()) as { agent?: { version: string } };
  return row.agent?.version;
}

describe('a Harvester that may update itself', () => {
  it('runs what its Nester serves from the next run on, and keeps it once that has reported', async () => {
    const { run, update } = site(await serving(NEWER), 'good');

    expect(await run()).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(await versionOf('good')).not.toBe('77.0.0');
    expect(existsSync(join(update, 'trial'))).toBe(true);
    expect(await run()).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(await versionOf('good')).toBe('77.0.0');
    expect(existsSync(join(update, 'trial'))).toBe(false);
  });

  it.each([
    ['crashes', 'throw new Error("broken");\n', 1],
    ['does nothing', 'process.exitCode = 0;\n', 0],
    ['is no program', '<!doctype html>\n', 1],
  ])('goes back to the one that was installed when the newer one %s, and does not try that again', async (_, text, code) => {
    const node = `bad-${createHash('sha256').update(text).digest('hex').slice(0, 6)}`;
    const { run, update } = site(await serving(text), node);

    const codes: (number | null)[] = [];
    for (let start = 0; start < 6; start++) codes.push((await run()).code);

    expect(codes).toEqual([0, code, code, code, 0, 0]);
    expect(await versionOf(node)).toMatch(/^\d+\.\d+\.\d+$/);
    expect(existsSync(join(update, 'harvester.js'))).toBe(false);
  });

  it('takes nothing that is not what the checksum says', async () => {
    const { run, update } = site(await serving(NEWER, 'a'.repeat(64)), 'wrong-sum');

    const first = await run();

    expect(first.code).toBe(0);
    expect(first.stderr).toMatch(/harvester\.js is not what checksums\.txt says: expected a{64}, got [0-9a-f]{64}/);
    expect(existsSync(join(update, 'harvester.js'))).toBe(false);
  });

  it('as an agent ends when there is a newer one, and is that one when it is started again', async () => {
    const { env } = site(await serving(NEWER), 'agent', { HARVESTER_INTERVAL: '1' });

    const first = startAgent({ env });
    await until('it has ended to be started again', () => first.stderr().includes('"stopped"'));
    await first.stop();
    const second = startAgent({ env });
    await until('the newer one has reported', async () => (await versionOf('agent')) === '77.0.0');
    expect(await second.stop()).toBe(0);
  });

  it('does not, unless it was told to', async () => {
    const { env } = site(await serving(NEWER), 'off');

    for (let start = 0; start < 2; start++) await runProgram('harvester.js', ['once'], { env: { ...env, HARVESTER_SELF_UPDATE: '' } });

    expect(await versionOf('off')).not.toBe('77.0.0');
    expect(existsSync(join(env.HARVESTER_STATE_DIR, 'update'))).toBe(false);
  });

  it('is refused where anybody on the way could send it something', () => {
    const { status, stderr } = spawnSync(process.execPath, [join(dist, 'harvester.js'), '--check'], { env: { NESTER: 'https://a.example,http://b.example', HARVESTER_SELF_UPDATE: '1' }, encoding: 'utf8' });

    expect(status).toBe(2);
    expect(stderr).toContain('HARVESTER_SELF_UPDATE: what a Nester sends is run then; expected NESTER to begin with https://');
  });
});
