import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectAgent, refusedUpgrade } from './support/agent-client.ts';
import { type Finished, makeFolder, type RunningNester, runProgram, startNester } from './support/program.ts';
import { until } from './support/requests.ts';

/** Keys of sites, from outside: `nester keys`, a Nester that runs meanwhile, and whoever holds them. */

let nester: RunningNester;

beforeAll(async () => {
  nester = await startNester({ env: { NESTER_LOG_LEVEL: 'trace' } });
});
afterAll(() => nester.kill());

function keys(args: readonly string[], dataDir = nester.dataDir): Promise<Finished> {
  return runProgram('nester.js', ['keys', ...args], { env: { NESTER_DATA_DIR: dataDir } });
}

/** Makes a key, and resolves to it once the Nester knows it. */
async function addKey(name: string, ...nodes: string[]): Promise<string> {
  const added = await keys(['add', name, ...nodes.flatMap((node) => ['--node', node])]);
  expect(added).toMatchObject({ code: 0, stderr: '' });
  const [key = ''] = added.stdout.split('\n');
  await until(`the key of ${name} is known`, async () => (await send('DELETE', '/api/nodes/nobody', key)).status === 403);
  return key;
}

function send(method: string, path: string, key: string | undefined, body?: unknown): Promise<Response> {
  return fetch(`${nester.url}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...(key === undefined ? {} : { 'x-api-key': key }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

describe('keys of sites', () => {
  it('are shown once, and kept hashed in a file of the owner alone', async () => {
    const key = await addKey('paris', 'paris-*', 'versailles');
    const listed = await keys(['list']);
    const again = await keys(['add', 'paris']);
    const file = join(nester.dataDir, 'keys.json');

    // 256 bits in base64url are 43 characters.
    expect(key).toMatch(/^nst_[\w-]{43}$/);
    expect(listed).toMatchObject({ code: 0, stderr: '' });
    expect(listed.stdout).toMatch(/^paris +\S+ +paris-\*, versailles$/m);
    expect(again).toMatchObject({ code: 1, stdout: '' });
    expect(again.stderr).toContain('paris');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    for (const text of [listed.stdout, again.stderr, readFileSync(file, 'utf8')]) expect(text).not.toContain(key.slice(4));
  });

  it('write for their own nodes only, whichever door they come through', async () => {
    const key = await addKey('lyon', 'lyon-*');
    const agent = await connectAgent(nester.url, { 'x-api-key': key });
    await agent.next();

    const own = await send('POST', '/api/report', key, { node: 'lyon-01' });
    const other = await send('POST', '/api/report', key, { node: 'nice-01' });
    const batch = await send('POST', '/api/reports', key, [{ node: 'lyon-02' }, { node: 'nice-01' }]);
    agent.send({ type: 'report', id: 1, report: { node: 'lyon-03' } });
    agent.send({ type: 'report', id: 2, report: { node: 'nice-01' } });
    const frames = [await agent.next(), await agent.next()].toSorted((a, b) => ('id' in a ? a.id : 0) - ('id' in b ? b.id : 0));

    expect(own.status).toBe(201);
    expect(other.status).toBe(403);
    expect(await other.json()).toMatchObject({ errors: [{ path: 'node', message: expect.stringContaining('nice-01') }] });
    expect(batch.status).toBe(200);
    expect(await batch.json()).toMatchObject({ accepted: 1, rejected: [{ index: 1, status: 403, errors: [{ path: 'node' }] }] });
    expect(frames).toMatchObject([{ type: 'ack', id: 1 }, { type: 'reject', id: 2, status: 403, errors: [{ path: 'node' }] }]);
    const nodes = (await (await send('GET', '/api/nodes', undefined)).json()) as { node: string }[];
    expect(nodes.map(({ node }) => node).filter((node) => node.startsWith('nice'))).toEqual([]);
    agent.socket.terminate();
  });

  it('do nothing but write', async () => {
    const key = await addKey('lille');
    await send('POST', '/api/report', key, { node: 'lille' });

    const forget = await send('DELETE', '/api/nodes/lille', key);
    const measure = await send('POST', '/api/nodes/lille/measure', key);

    expect([forget.status, measure.status]).toEqual([403, 403]);
    expect(await forget.json()).toMatchObject({ detail: expect.stringContaining('may not forget nodes') });
    expect((await send('GET', '/api/nodes/lille', undefined)).status).toBe(200);
  });

  it('are needed by everyone as soon as there is one, and come in headers only', async () => {
    const key = await addKey('metz');
    const report = { node: 'metz' };

    const none = await send('POST', '/api/report', undefined, report);
    const wrong = await send('POST', '/api/report', `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`, report);
    const inAddress = await send('POST', `/api/report?key=${key}&api_key=${key}&x-api-key=${key}`, undefined, report);
    const batch = await send('POST', '/api/reports', undefined, [report]);
    const upgrade = await refusedUpgrade(`${nester.url.replace('http', 'ws')}/ws/agent`);
    const bearer = await fetch(`${nester.url}/api/report`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify(report),
    });

    expect([none, wrong, inAddress, batch].map(({ status }) => status)).toEqual([401, 401, 401, 401]);
    expect(upgrade.status).toBe(401);
    expect(bearer.status).toBe(201);
  });

  it('end when they are revoked, also for an agent that is connected, and no other does', async () => {
    const key = await addKey('nantes');
    const stays = await addKey('brest');
    const agent = await connectAgent(nester.url, { 'x-api-key': key });
    const other = await connectAgent(nester.url, { 'x-api-key': stays });
    await Promise.all([agent.next(), other.next()]);
    agent.send({ type: 'report', id: 1, report: { node: 'nantes' } });
    await agent.next();

    const revoked = await keys(['revoke', 'nantes']);
    const code = await agent.closed;

    expect(revoked).toMatchObject({ code: 0, stderr: '' });
    expect(code).toBe(4401);
    expect((await send('POST', '/api/report', key, { node: 'nantes' })).status).toBe(401);
    expect((await send('POST', '/api/report', stays, { node: 'brest' })).status).toBe(201);
    expect(other.socket.readyState).toBe(other.socket.OPEN);
    expect(await keys(['revoke', 'nantes'])).toMatchObject({ code: 1, stderr: expect.stringContaining('nantes') });
    other.socket.terminate();
  });

  it('are all there when many are made at once', async () => {
    const folder = makeFolder();
    const names = Array.from({ length: 6 }, (_, at) => `site-${at}`);

    const added = await Promise.all(names.map((name) => keys(['add', name], folder)));
    const listed = await keys(['list'], folder);

    expect(added.map(({ code }) => code)).toEqual(names.map(() => 0));
    for (const name of names) expect(listed.stdout).toContain(`${name} `);
    expect(new Set(added.map(({ stdout }) => stdout.split('\n')[0])).size).toBe(names.length);
  });

  it('are enough for a Harvester, which keeps what is refused and says why', async () => {
    const key = await addKey('dijon');
    const once = (node: string): Promise<Finished> =>
      runProgram('harvester.js', ['once'], {
        env: { NESTER: nester.url, NESTER_API_KEY: key, HARVESTER_NODE: node, HARVESTER_PINGS: '1', HARVESTER_SCAN: 'off', HARVESTER_STATE_DIR: makeFolder('state') },
      });

    const own = await once('dijon');
    const other = await once('reims');

    expect(own).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(other.code).not.toBe(0);
    expect(other.stderr).toContain('may not report for node');
    expect(other.stderr).not.toContain(key);
  });

  it('leave no trace in what Nester logs, at any level', async () => {
    const key = await addKey('rennes');
    for (const method of ['POST', 'DELETE', 'GET']) await send(method, '/api/nodes/rennes', key);
    await send('POST', '/api/report', key, '{');
    await send('POST', '/api/report', key, { node: 'rennes' });

    expect(nester.stderr()).toContain('keys.json');
    expect(nester.stderr() + nester.stdout()).not.toMatch(/nst_/);
  });
});

describe('a keys.json that cannot be used', () => {
  it('keeps Nester from starting, and says where it is wrong', async () => {
    const folder = makeFolder();
    await keys(['add', 'lyon'], folder);
    const file = join(folder, 'keys.json');
    const broken = readFileSync(file, 'utf8').replace(/"sha256": *"[0-9a-f]{64}"/, '"sha256": "secret"');
    writeFileSync(file, broken);

    const started = await runProgram('nester.js', [], { env: { NESTER_DATA_DIR: folder, NESTER_PORT: '0' } });

    expect(started.code).toBe(1);
    expect(started.stderr).toContain('key 1 (lyon), sha256: expected 64 hexadecimal digits');
    expect(started.stderr).not.toContain('"secret"');
  });

  it('leaves the keys as they were while Nester runs, and is said', async () => {
    const key = await addKey('toulon');
    const file = join(nester.dataDir, 'keys.json');
    const before = readFileSync(file, 'utf8');

    writeFileSync(file, '{');
    await until('it is said', () => nester.stderr().includes('the keys read before stay good'));
    const meanwhile = await send('POST', '/api/report', key, { node: 'toulon' });
    writeFileSync(file, before);

    expect(meanwhile.status).toBe(201);
  });
});
