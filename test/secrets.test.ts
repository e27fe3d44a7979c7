import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { connectAgent, refusedUpgrade } from './support/agent-client.ts';
import { createAuthority } from './support/certificates.ts';
import { makeFolder, runProgram, startAgent, startNester } from './support/program.ts';
import { exchangeRaw, postReport, postReports, until } from './support/requests.ts';

/**
 * Secrets are planted wherever a program is given one, then it is used well and badly at its
 * most talkative, and all that came out of it is searched for them.
 */

const SECRETS = {
  apiKey: 'planted-shared-key-4f1a',
  password: 'planted-password-77c2',
  viewer: 'planted-viewer-password-09be',
  readKey: 'planted-read-key-e51d',
  wrongKey: 'planted-wrong-key-a8d3',
  wrongPassword: 'planted-wrong-password-c4e6',
};

/** What a child of a program was started with, as everybody on the machine sees it. */
function argumentsOfAll(): string {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    })
    .join('\n');
}

function filesIn(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');
}

function expectNone(where: string, text: string, secrets: readonly string[]): void {
  for (const secret of secrets) expect(text.includes(secret), `${secret} in ${where}`).toBe(false);
}

describe('Nester', () => {
  it.each([
    ['passwords as they are', false],
    ['a password as a hash', true],
  ])('says none of its secrets: %s', async (_how, isHash) => {
    const { cert, key } = createAuthority(makeFolder()).issue('nester');
    const privateKey = readFileSync(key, 'utf8').split('\n')[1] ?? '';
    let hash = '';
    if (isHash) {
      const file = join(makeFolder(), 'password');
      writeFileSync(file, SECRETS.password);
      hash = (await runProgram('nester.js', ['password'], { under: ['sh', '-c', `exec "$@" < ${file}`, 'sh'] })).stdout.trim();
    }
    const said: string[] = [];
    const nester = await startNester({
      env: {
        NESTER_LOG_LEVEL: 'trace',
        NESTER_API_KEY: SECRETS.apiKey,
        ...(isHash ? { NESTER_PASSWORD_HASH: hash } : { NESTER_PASSWORD: SECRETS.password }),
        NESTER_VIEWER_PASSWORD: SECRETS.viewer,
        NESTER_READ_KEY: SECRETS.readKey,
      },
    });
    const { url, port } = nester;
    const ask = async (path: string, options: RequestInit = {}): Promise<Response> => {
      const response = await fetch(`${url}${path}`, { redirect: 'manual', ...options });
      said.push(JSON.stringify([...response.headers].filter(([name]) => name !== 'set-cookie')), await response.clone().text());
      return response;
    };
    const logIn = (password: string): Promise<Response> =>
      ask('/login', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ password }) });

    const token = /=([\w-]{43});/.exec((await logIn(SECRETS.password)).headers.get('set-cookie') ?? '')?.[1] ?? '';
    const cookie = (await logIn(SECRETS.viewer)).headers.get('set-cookie')?.split(';')[0] ?? '';
    const made = (await (await fetch(`${url}/api/keys`, {
      method: 'POST',
      headers: { cookie: cookie.replace(/=.*/, `=${token}`), 'content-type': 'application/json' },
      body: '{"name":"lyon"}',
    })).json()) as { key: string };
    const secrets = [...Object.values(SECRETS), token, made.key.slice(4), cookie.split('=')[1] ?? '', privateKey, hash].filter((secret) => secret !== '');
    expect(secrets.length).toBeGreaterThanOrEqual(10);

    for (const apiKey of [SECRETS.apiKey, SECRETS.wrongKey, made.key, SECRETS.readKey]) {
      const headers = { 'x-api-key': apiKey, 'content-type': 'application/json' };
      said.push(await (await postReport(url, { node: 'lyon' }, headers)).text(), await (await postReports(url, [{ node: 'lyon' }, { node: 'x' }], headers)).text());
      for (const path of ['/api/nodes', '/api/reports?format=csv', '/api/session', '/api/keys', '/nowhere', '/healthz', '/readyz']) await ask(path, { headers });
      await ask('/api/nodes/nobody', { method: 'DELETE', headers });
      const agent = await connectAgent(url, headers).catch(() => undefined);
      agent?.send('{"type":"report","id":1,"report":{}}');
      if (agent === undefined) said.push((await refusedUpgrade(`${url}/ws/agent`, headers)).body);
      agent?.socket.terminate();
    }
    for (const path of ['/', '/nodes/lyon', '/login']) await ask(path, { headers: { cookie } });
    await logIn(SECRETS.wrongPassword);
    await ask('/login', { method: 'POST', body: new URLSearchParams({ password: SECRETS.wrongPassword, to: '/' }) });
    await ask('/login', { method: 'POST', headers: { 'content-type': 'application/json' }, body: `{"password":"${SECRETS.wrongPassword}` });
    // Broken requests are quoted by parsers.
    said.push(await exchangeRaw(port, `GET / HTTP/1.1\r\nHost: x\r\nX-API-Key: ${SECRETS.apiKey}\r\nContent-Length: x\r\n\r\n`));
    said.push(await exchangeRaw(port, `POST /api/report HTTP/1.1\r\nHost: x\r\nX-API-Key: ${SECRETS.apiKey}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\n{"a":`));
    const seen = argumentsOfAll();
    const reloads = await runProgram('nester.js', ['--check'], {
      env: { NESTER_API_KEY: `${SECRETS.apiKey}\u0007`, NESTER_PASSWORD_HASH: SECRETS.password, NESTER_VIEWER_PASSWORD: `x${SECRETS.viewer}\u0007`, NESTER_TLS_CERT: key, NESTER_TLS_KEY: cert },
    });
    await nester.stop();

    expectNone('the answers', said.join('\n'), secrets);
    expectNone('the log', nester.stderr(), secrets);
    expectNone('the standard output', nester.stdout(), secrets);
    expectNone('arguments of processes', seen, secrets);
    expectNone('what --check says', reloads.stderr + reloads.stdout, secrets);
    // The hash of a password is what the file of logins is bound to; all else is kept nowhere.
    expectNone('the data folder', filesIn(nester.dataDir), secrets.filter((secret) => secret !== hash));
  });
});

describe('a Harvester', () => {
  it('says none of its secrets, to nobody but its Nester', async () => {
    const answers: number[] = [401, 403, 400, 503, 302];
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.url ?? ''} ${JSON.stringify({ ...request.headers, 'x-api-key': undefined })}`);
      request.resume();
      const status = answers[asked.length % answers.length] ?? 401;
      response.writeHead(status, { 'Content-Type': 'application/problem+json', Location: 'http://127.0.0.1:9/' });
      response.end(JSON.stringify({ detail: `no: ${String(request.headers['x-api-key'])}`.slice(0, 4) }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const state = makeFolder('state');
    const programs = makeFolder('programs');
    // Children see neither the key in their arguments nor in their environment.
    for (const name of ['ping', 'nmap']) {
      writeFileSync(join(programs, name), `#!/bin/sh\nenv >> ${programs}/seen\nprintf '%s\\n' "$*" >> ${programs}/seen\nexit 1\n`, { mode: 0o755 });
    }
    const env = {
      PATH: `${programs}:${process.env['PATH'] ?? ''}`,
      NESTER: `http://127.0.0.1:${port}`,
      NESTER_API_KEY: SECRETS.apiKey,
      HARVESTER_STATE_DIR: state,
      HARVESTER_NODE: 'a',
      HARVESTER_SCAN: '192.0.2.0/30',
      HARVESTER_LOG_LEVEL: 'debug',
    };
    const said: string[] = [];

    for (const args of [['once'], ['once'], ['once'], ['once'], ['once'], ['show'], ['doctor'], ['--check']]) {
      const { stdout, stderr } = await runProgram('harvester.js', args, { env, deadlineMs: 60_000 });
      said.push(stdout, stderr);
    }
    const inUrl = await runProgram('harvester.js', ['once'], { env: { ...env, NESTER: `http://user:${SECRETS.password}@127.0.0.1:${port}` }, deadlineMs: 60_000 });
    const wrong = await runProgram('harvester.js', ['--check'], { env: { ...env, NESTER_API_KEY: `${SECRETS.apiKey}\u0007` } });
    const agent = startAgent({ env: { ...env, HARVESTER_INTERVAL: '1' } });
    await until('the agent was refused', () => asked.length > 12);
    const seen = argumentsOfAll();
    await agent.stop();
    server.close();

    const secrets = [SECRETS.apiKey, SECRETS.password];
    expectNone('its words', [...said, inUrl.stdout, inUrl.stderr, wrong.stderr, agent.stderr()].join('\n'), secrets);
    expectNone('its requests, but for the header', asked.join('\n'), secrets);
    expectNone('arguments of processes', seen, secrets);
    expectNone('its files', filesIn(state), secrets);
    const given = readFileSync(join(programs, 'seen'), 'utf8');
    expect(given).toContain('PATH=');
    expectNone('what its children are given', given, secrets);
  });
});
