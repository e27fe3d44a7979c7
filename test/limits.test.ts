import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { connectAgent, refusedUpgrade } from './support/agent-client.ts';
import { makeFolder, type RunningNester, runProgram, startAgent, startNester } from './support/program.ts';
import { exchangeRaw, postReport, postReports, until } from './support/requests.ts';
import { openViewer } from './support/viewer-client.ts';

/** Everything that a stranger could use up has a bound, and each bound is a setting. */

const started: RunningNester[] = [];
const startWith = async (env: Record<string, string>, dataDir?: string): Promise<RunningNester> => {
  const nester = await startNester({ env, ...(dataDir === undefined ? {} : { dataDir }) });
  started.push(nester);
  return nester;
};
afterAll(() => Promise.all(started.map((nester) => nester.kill())));

const kept = async (url: string): Promise<{ node: string }[]> => (await (await fetch(`${url}/api/reports`)).json()) as { node: string }[];
const nodesOf = async (url: string): Promise<string[]> =>
  ((await (await fetch(`${url}/api/nodes`)).json()) as { node: string }[]).map(({ node }) => node).sort();

/** A connection that says something, or nothing, and resolves `closed` to all that came when it ended. */
function openConnection(port: number, said = ''): { socket: Socket; closed: Promise<string> } {
  const socket = connect(port, '127.0.0.1', () => {
    if (said !== '') socket.write(said);
  });
  let answer = '';
  socket.setEncoding('latin1').on('data', (text: string) => (answer += text));
  socket.on('error', () => undefined);
  socket.on('end', () => socket.end());
  return { socket, closed: new Promise((resolve) => socket.once('close', () => resolve(answer))) };
}

/** Whether Nester's end of a connection is still there, as the system sees it. */
function isConnected(port: number, from: number): boolean {
  const hex = (number: number): string => `:${number.toString(16).toUpperCase().padStart(4, '0')} `;
  const established = / 01 /;
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .some((line) => line.includes(`${hex(port).trim()} `) && line.indexOf(hex(port)) < line.indexOf(hex(from)) && established.test(line));
}

const HEAD = 'POST /api/report HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';

describe('what is sent', () => {
  it('has as many bytes, and levels of JSON, as the settings say, at every door', async () => {
    const nester = await startWith({
      NESTER_MAX_BODY: '1024',
      NESTER_MAX_BATCH: '4096',
      NESTER_MAX_FRAME: '2048',
      NESTER_MAX_JSON_DEPTH: '4',
    });
    const long = { node: 'long', labels: Object.fromEntries(Array.from({ length: 15 }, (_, at) => [`label-${at}`, 'x'.repeat(90)])) };
    const deep = { node: 'deep', unknown: [[[['too deep']]]] };
    const agent = await connectAgent(nester.url);
    await agent.next();

    const body = await postReport(nester.url, long);
    const batch = await postReports(nester.url, [long, long, long]);
    const oneOfTwo = await postReports(nester.url, [long, { node: 'short' }]);
    const tooDeep = await postReport(nester.url, deep);
    const deepOfTwo = await postReports(nester.url, [deep, { node: 'flat' }]);
    agent.send({ type: 'report', id: 1, report: deep });
    const deepFrame = await agent.next();
    agent.send({ type: 'report', id: 2, report: { ...long, unknown: 'y'.repeat(1_000) } });

    expect([body.status, batch.status, tooDeep.status]).toEqual([413, 413, 400]);
    expect(await oneOfTwo.json()).toMatchObject({ accepted: 1, rejected: [{ index: 0, errors: [{ message: expect.stringContaining('at most 1024 bytes') }] }] });
    expect(await tooDeep.json()).toMatchObject({ errors: [{ message: 'JSON is nested deeper than 4 levels' }] });
    expect(await deepOfTwo.json()).toMatchObject({ accepted: 1, rejected: [{ index: 0 }] });
    expect(deepFrame).toMatchObject({ type: 'error', message: 'JSON is nested deeper than 4 levels' });
    expect(await agent.closed).toBe(1009);
  });

  it('has no more headers, nor bytes of them, than may be', async () => {
    const nester = await startWith({ NESTER_MAX_HEADERS: '20', NESTER_MAX_HEADER_BYTES: '2048' });
    const headers = (count: number): Record<string, string> => Object.fromEntries(Array.from({ length: count }, (_, at) => [`x-${at}`, 'y']));
    const ask = (extra: Record<string, string>) => fetch(`${nester.url}/healthz`, { headers: extra });

    const few = await ask(headers(8));
    const many = await ask(headers(30));
    const large = await ask({ 'x-large': 'y'.repeat(3_000) });
    const upgrade = await refusedUpgrade(`${nester.url}/ws`, headers(30));

    expect([few.status, many.status, large.status, upgrade.status]).toEqual([200, 431, 431, 431]);
    expect(await many.json()).toMatchObject({ detail: expect.stringContaining('NESTER_MAX_HEADERS') });
  });

  it('comes in time, or its connection is closed: headers, body, and the next request', async () => {
    const { port } = await startWith({ NESTER_HEADERS_TIMEOUT: '1s', NESTER_BODY_TIMEOUT: '1h', NESTER_IDLE_TIMEOUT: '1s' });
    const ofBodies = await startWith({ NESTER_HEADERS_TIMEOUT: '1s', NESTER_BODY_TIMEOUT: '1s' });

    const silent = openConnection(port);
    const headers = openConnection(port, HEAD);
    const upgrade = openConnection(port, 'GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n');
    const body = openConnection(ofBodies.port, `${HEAD}Content-Length: 100\r\n\r\n{"node":`);
    const idle = openConnection(port, 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');

    expect(await silent.closed).toMatch(/^(HTTP\/1\.1 408 |$)/);
    expect(await headers.closed).toMatch(/^HTTP\/1\.1 408 /);
    expect(await upgrade.closed).toMatch(/^HTTP\/1\.1 408 /);
    expect(await body.closed).toMatch(/^HTTP\/1\.1 408 /);
    expect(await idle.closed).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe('how much there is', () => {
  it('of nodes: further names are refused at every door, those that are known go on, and a forgotten one makes room', async () => {
    const { url } = await startWith({ NESTER_MAX_NODES: '2' });
    const agent = await connectAgent(url);
    await agent.next();
    await postReports(url, [{ node: 'a' }, { node: 'b' }]);

    const further = await postReport(url, { node: 'c' });
    const known = await postReport(url, { node: 'a' });
    const batch = await postReports(url, [{ node: 'c' }, { node: 'b' }]);
    agent.send({ type: 'report', id: 1, report: { node: 'c' } });
    const frame = await agent.next();
    const before = await nodesOf(url);
    await fetch(`${url}/api/nodes/a`, { method: 'DELETE' });
    const afterwards = await postReport(url, { node: 'c' });
    agent.socket.terminate();

    expect([further.status, known.status, afterwards.status]).toEqual([403, 201, 201]);
    expect(await further.json()).toMatchObject({ errors: [{ path: 'node', message: expect.stringContaining('NESTER_MAX_NODES') }] });
    expect(await batch.json()).toMatchObject({ accepted: 1, rejected: [{ index: 0, status: 403 }] });
    expect(frame).toMatchObject({ type: 'reject', id: 1, status: 403 });
    expect(before).toEqual(['a', 'b']);
    expect(await nodesOf(url)).toEqual(['b', 'c']);
  });

  it('of nodes, also when many new ones come at once', async () => {
    const { url } = await startWith({ NESTER_MAX_NODES: '5' });

    const answers = await Promise.all(Array.from({ length: 40 }, (_, at) => postReport(url, { node: `node-${at}` })));

    expect(answers.filter(({ status }) => status === 201)).toHaveLength(5);
    expect(await nodesOf(url)).toHaveLength(5);
  });

  it.each([
    [{ NESTER_MAX_SOCKETS: '3' }, 503],
    [{ NESTER_MAX_SOCKETS_PER_ADDRESS: '3' }, 429],
  ])('of WebSockets, with %j', async (env, status) => {
    const { url } = await startWith(env);
    const agents = [await connectAgent(url), await connectAgent(url)];
    const viewer = await openViewer(url);

    const fourth = await refusedUpgrade(`${url}/ws`);
    const asAgent = await refusedUpgrade(`${url}/ws/agent`);
    agents[0]?.socket.close();
    await agents[0]?.closed;
    await until('there is room again', () =>
      connectAgent(url).then(
        (agent) => agents.push(agent) > 0,
        () => false,
      ),
    );

    expect([fourth.status, asAgent.status]).toEqual([status, status]);
    expect(fourth.headers['retry-after']).toMatch(/^\d+$/);
    expect(JSON.parse(fourth.body)).toMatchObject({ detail: expect.stringContaining(Object.keys(env)[0] ?? '') });
    for (const { socket } of [...agents, viewer]) socket.terminate();
  });

  it.each([
    [{ NESTER_MAX_CONNECTIONS: '3' }, 503],
    [{ NESTER_MAX_CONNECTIONS_PER_ADDRESS: '3' }, 429],
  ])('of connections, with %j, whether they say anything or not', async (env, status) => {
    const { port } = await startWith(env);
    const request = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
    const open = [openConnection(port), openConnection(port), openConnection(port)];
    await Promise.all(open.map(({ socket }) => new Promise((resolve) => (socket.connecting ? socket.once('connect', resolve) : resolve(undefined)))));

    const fourth = await exchangeRaw(port);
    for (const { socket } of open) socket.destroy();
    let answer = '';
    await until('there is room again', async () => (answer = await exchangeRaw(port, request)).startsWith('HTTP/1.1 200'));

    expect(fourth).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [^]*Retry-After: \\d+[^]*${Object.keys(env)[0]}`));
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  it('of connections: those that a trusted proxy brings are not one address\'s', async () => {
    const { port } = await startWith({ NESTER_MAX_CONNECTIONS_PER_ADDRESS: '1', NESTER_TRUST_PROXY: 'loopback' });
    const open = [openConnection(port), openConnection(port)];

    const answer = await exchangeRaw(port, 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');

    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    for (const { socket } of open) socket.destroy();
  });

  it('of questions that wait', async () => {
    const { url } = await startWith({ NESTER_MAX_LONG_POLLS: '2' });
    const { headers } = await fetch(`${url}/api/reports`);
    const poll = (): Promise<Response> => fetch(`${url}/api/reports?after=${headers.get('nester-cursor')}&wait=30`);
    const polls = [poll(), poll(), poll()];

    // The others have nothing to say before there is a report.
    const refused = await Promise.race(polls);
    await postReport(url, { node: 'a' });

    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    const waited = (await Promise.all(polls)).filter((response) => response !== refused);
    expect(waited).toHaveLength(2);
    for (const response of waited) expect(await response.json()).toMatchObject([{ node: 'a' }]);
  });
});

describe('how fast reports come', () => {
  it('from one address, and with one key: 429 with Retry-After, and nothing is kept of them', async () => {
    const byAddress = await startWith({ NESTER_RATE_LIMIT: '2' });
    const byKey = await startWith({ NESTER_KEY_RATE_LIMIT: '2', NESTER_API_KEY: 'open sesame' });

    for (const { url } of [byAddress, byKey]) {
      const headers = { 'x-api-key': 'open sesame' };
      const answers = await Promise.all(Array.from({ length: 30 }, () => postReport(url, { node: 'a' }, headers)));
      const refused = answers.filter(({ status }) => status === 429);

      expect(refused.length).toBeGreaterThan(0);
      for (const { headers: given } of refused) expect(given.get('retry-after')).toMatch(/^[1-9]\d*$/);
      expect(await kept(url)).toHaveLength(answers.filter(({ status }) => status === 201).length);
    }
  });

  it('a flood of invalid ones is turned away ten times as soon, before it is read', async () => {
    const { url } = await startWith({ NESTER_RATE_LIMIT: '20' });

    const statuses: number[] = [];
    for (let sent = 0; sent < 6; sent++) statuses.push((await postReport(url, { node: '' })).status);

    expect(statuses.filter((status) => status === 400).length).toBeLessThan(6);
    expect(statuses.at(-1)).toBe(429);
  });

  it.each([{ NESTER_MAX_MESSAGES: '5' }, { NESTER_RATE_LIMIT: '5' }])('on a socket, with %j: they wait, and each is taken', async (env) => {
    const { url } = await startWith(env);
    const agent = await connectAgent(url);
    await agent.next();
    const startMs = performance.now();

    for (let id = 1; id <= 15; id++) agent.send({ type: 'report', id, report: { node: 'a' } });
    await until('all are answered', () => agent.frames.length === 16);
    agent.send({ type: 'report', id: 16, report: { node: 'a' } });
    await until('the last is answered', () => agent.frames.length === 17);
    const tookMs = performance.now() - startMs;
    agent.socket.terminate();

    expect(agent.frames.slice(1).every(({ type }) => type === 'ack')).toBe(true);
    // Five at once, the others at five a second.
    expect(tookMs).toBeGreaterThan(1_900);
  });

  it('a page that talks and talks is closed', async () => {
    const { url } = await startWith({ NESTER_MAX_MESSAGES: '1' });
    const { socket, closed } = await openViewer(url);

    for (let sent = 0; sent < 30; sent++) socket.send('{"type":"hello"}');

    expect(await closed).toBe(1008);
  });

  it('a Harvester that is told to wait does, and loses nothing: run by cron, and as an agent', async () => {
    const nester = await startWith({ NESTER_RATE_LIMIT: '3' });
    const env = { NESTER: nester.url, HARVESTER_SCAN: 'off', HARVESTER_PINGS: '1', HARVESTER_TARGET: '127.0.0.1' };
    const once = { ...env, HARVESTER_NODE: 'by-cron', HARVESTER_STATE_DIR: makeFolder() };
    const agent = startAgent({ env: { ...env, HARVESTER_NODE: 'agent', HARVESTER_STATE_DIR: makeFolder(), HARVESTER_INTERVAL: '2' } });
    /** Takes what there is for the next seconds. */
    const useUp = () => until('a batch is taken', async () => (await postReports(nester.url, Array.from({ length: 15 }, () => ({ node: 'other' })))).status === 200);

    const codes: (number | null)[] = [];
    for (let run = 0; run < 2; run++) {
      await useUp();
      codes.push((await runProgram('harvester.js', ['once'], { env: once })).code);
    }
    await until('what was kept is there', async () => {
      codes.push((await runProgram('harvester.js', ['once'], { env: once })).code);
      return codes.at(-1) === 0;
    });
    await until('the agent is there', async () => (await kept(nester.url)).filter(({ node }) => node === 'agent').length >= 3);

    expect(codes).toContain(1);
    expect((await kept(nester.url)).filter(({ node }) => node === 'by-cron')).toHaveLength(codes.length);
    expect(await agent.stop()).toBe(0);
    expect(agent.stderr()).not.toContain('dropped');
  });
});

describe('what is not taken', () => {
  const METRICS = Object.fromEntries(Array.from({ length: 64 }, (_, at) => [`metric_with_a_rather_long_name_so_that_it_fills_${at}`, at / 3]));
  const REPORTS = Array.from({ length: 500 }, (_, at) => ({ node: `node-${at % 50}`, metrics: METRICS }));

  it('by a page is not kept for it beyond the bound; when it reads again it is told all anew', async () => {
    const { url } = await startWith({ NESTER_MAX_VIEWER_BUFFER: '16384' });
    const viewer = await openViewer(url);
    await viewer.frame('the first snapshot', ({ type }) => type === 'snapshot');

    viewer.socket.pause();
    for (let batch = 0; batch < 8; batch++) await postReports(url, REPORTS);
    viewer.socket.resume();
    const again = await viewer.frame('another snapshot', (frame) => frame.type === 'snapshot' && frame.nodes.length === 50);

    expect(again.nodes).toHaveLength(50);
    viewer.socket.terminate();
  });

  it('of an answer ends the connection, when nothing is taken for long', async () => {
    // Filled with time enough: a slow machine may take longer over a batch than this Nester waits.
    const before = await startWith({});
    for (let batch = 0; batch < 10; batch++) await postReports(before.url, REPORTS);
    await before.stop();
    const { url, port } = await startWith({ NESTER_STALLED_TIMEOUT: '1s' }, before.dataDir);
    const whole = (await (await fetch(`${url}/api/reports`)).arrayBuffer()).byteLength;

    const { socket, closed } = openConnection(port, 'GET /api/reports HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await new Promise((resolve) => socket.once('readable', resolve));
    socket.pause();
    await until('Nester has let go of it', () => !isConnected(port, socket.localPort ?? 0));
    socket.resume();

    expect((await closed).length).toBeLessThan(whole);
  });

  it('by a question that waits for news is not missed', async () => {
    const { url } = await startWith({ NESTER_STALLED_TIMEOUT: '1s' });
    const { headers } = await fetch(`${url}/api/reports`);

    const startMs = performance.now();
    const answer = await fetch(`${url}/api/reports?after=${headers.get('nester-cursor')}&wait=3`);

    expect(await answer.json()).toEqual([]);
    expect(performance.now() - startMs).toBeGreaterThan(2_900);
  });
});

describe('a limit that is none', () => {
  it('stops the start, and says what was expected', async () => {
    const { code, stderr } = await runProgram('nester.js', ['--check', '--max-nodes', '0'], {
      env: { NESTER_HEADERS_TIMEOUT: '15', NESTER_BODY_TIMEOUT: '2d', NESTER_MAX_HEADERS: '7', NESTER_RATE_LIMIT: '-1' },
    });

    expect(code).toBe(2);
    expect(stderr).toContain('--max-nodes: expected a whole number from 1 to 1000000, got "0"');
    expect(stderr).toContain('NESTER_HEADERS_TIMEOUT: expected a duration such as 90s');
    expect(stderr).toContain('NESTER_BODY_TIMEOUT: expected at most 24h, got "2d"');
    expect(stderr).toContain('NESTER_MAX_HEADERS: expected a whole number from 20 to 2000');
    expect(stderr).toContain('NESTER_RATE_LIMIT: expected a whole number from 0');
  });
});
