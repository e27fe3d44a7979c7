import { describe, expect, it } from 'vitest';
import { startMemoryNester } from '../../test/support/memory-nester.ts';
import { postReport } from '../../test/support/requests.ts';

async function ask(url: string, path: string) {
  const response = await fetch(url + path);
  return { status: response.status, body: await response.json() };
}

/** What is wrong with a question, by parameter. */
const complaints = ({ body }: { body: { errors: { path: string }[] } }): string[] => body.errors.map(({ path }) => path);

describe('GET /api/nodes?at=', () => {
  it('answers the fleet of then, whatever came since', async () => {
    const { url } = await startMemoryNester();
    await postReport(url, { node: 'a', interval: 60, latency: 1, hosts: [{ ip: '10.0.0.1' }] });
    const { body: shown } = await ask(url, '/api/nodes');
    const atMs = shown[0].receivedAt as number;
    while (Date.now() <= atMs) await new Promise((resolve) => setImmediate(resolve));
    await postReport(url, { node: 'b', latency: 2 });
    await postReport(url, { node: 'a', interval: 60, latency: 3 });

    expect((await ask(url, `/api/nodes?at=${atMs}`)).body).toEqual(shown);
    expect((await ask(url, `/api/nodes?at=${new Date(atMs).toISOString()}`)).body).toEqual(shown);
    expect((await ask(url, `/api/nodes/a?at=${atMs}`)).body).toEqual(shown[0]);
    expect(await ask(url, `/api/nodes?at=${atMs - 1}`)).toEqual({ status: 200, body: [] });
    const latencies = (await ask(url, `/api/nodes?at=${Date.now()}`)).body.map(({ latency }: { latency: number }) => latency);
    expect(latencies.sort()).toEqual([2, 3]);
  });

  it('refuses a time that has not come, or is none', async () => {
    const { url } = await startMemoryNester();
    for (const at of [String(Date.now() + 60_000), 'yesterday', '', '1&at=2', '-1']) {
      for (const path of ['/api/nodes', '/api/nodes/a']) {
        const answer = await ask(url, `${path}?at=${at}`);
        expect([answer.status, complaints(answer)], at).toEqual([400, ['at']]);
      }
    }
  });

  it('answers 404 for a node that is not known, or was not then', async () => {
    const { url } = await startMemoryNester();
    await postReport(url, { node: 'a' });
    expect((await ask(url, '/api/nodes/nobody?at=5')).status).toBe(404);
    expect((await ask(url, '/api/nodes/a?at=5')).status).toBe(404);
  });
});

describe('GET /api/nodes/:node/availability', () => {
  it('counts the last 24 hours when not told otherwise', async () => {
    const { url } = await startMemoryNester();
    await postReport(url, { node: 'a' });

    const { body } = await ask(url, '/api/nodes/a/availability');

    expect(body.to - body.from).toBe(86_400_000);
    expect(body).toEqual({ node: 'a', from: body.from, to: body.to, online: expect.any(Number), late: 0, offline: 0, paused: 0, unknown: expect.any(Number) });
    expect(Number(body.online) + Number(body.unknown)).toBeCloseTo(86_400, 3);
  });

  it('gives slots when asked for them, none of them in the future', async () => {
    const { url } = await startMemoryNester();
    await postReport(url, { node: 'a' });
    const from = Date.now() - 60_000;

    const { body } = await ask(url, `/api/nodes/a/availability?from=${from}&to=${from + 86_400_000}&points=6`);

    expect(body.to).toBeLessThanOrEqual(Date.now());
    expect(body.step).toBeCloseTo((body.to - body.from) / 6, 6);
    for (const kind of ['t', 'online', 'late', 'offline', 'paused', 'unknown']) expect(body[kind]).toHaveLength(6);
    expect(body.t[0]).toBe(from);
    expect(body.unknown.slice(0, 5)).toEqual(Array.from({ length: 5 }, (_, slot) => (body.t[slot + 1] - body.t[slot]) / 1_000));
  });

  it('tells every problem at once', async () => {
    const { url } = await startMemoryNester();
    await postReport(url, { node: 'a' });
    const answer = await ask(url, '/api/nodes/a/availability?from=x&to=y&points=0');
    expect([answer.status, complaints(answer)]).toEqual([400, ['to', 'from', 'points']]);
    const turned = await ask(url, '/api/nodes/a/availability?from=2000&to=1000&points=1001');
    expect([turned.status, complaints(turned)]).toEqual([400, ['from', 'points']]);
  });

  it('answers 404 for a node that is not known', async () => {
    const { url } = await startMemoryNester();
    for (const what of ['availability', 'events', 'hosts']) expect((await ask(url, `/api/nodes/nobody/${what}`)).status).toBe(404);
  });
});

describe('GET /api/nodes/:node/events', () => {
  it('answers the statuses that held in a range', async () => {
    const { url } = await startMemoryNester();
    await postReport(url, { node: 'a' });
    const [{ receivedAt }] = (await ask(url, '/api/nodes')).body;

    expect((await ask(url, '/api/nodes/a/events')).body).toEqual({ events: [{ at: receivedAt, status: 'online' }] });
    expect((await ask(url, `/api/nodes/a/events?to=${receivedAt - 1}`)).body).toEqual({ events: [] });
  });
});

describe('the hosts of LANs', () => {
  it('are answered for a node, and found over all', async () => {
    const { url } = await startMemoryNester();
    const timestamp = new Date().toISOString();
    await postReport(url, { node: 'a', timestamp, hosts: [{ ip: '10.0.0.1', mac: 'AA:BB:CC:00:00:01', vendor: 'Acme', name: 'box', ports: [22] }, { ip: '10.0.0.2' }] });
    await postReport(url, { node: 'b' });
    const seen = { firstSeen: Date.parse(timestamp), lastSeen: Date.parse(timestamp), present: true };

    expect((await ask(url, '/api/nodes/a/hosts')).body).toEqual({
      scannedAt: Date.parse(timestamp),
      hosts: [
        { ip: '10.0.0.1', mac: 'AA:BB:CC:00:00:01', vendor: 'Acme', name: 'box', ports: [22], ...seen },
        { ip: '10.0.0.2', ...seen },
      ],
    });
    expect((await ask(url, '/api/nodes/b/hosts')).body).toEqual({ scannedAt: null, hosts: [] });
    expect((await ask(url, '/api/hosts?q=ACME+10.0')).body).toEqual({
      nodes: [{ node: 'a', hosts: [{ ip: '10.0.0.1', mac: 'AA:BB:CC:00:00:01', vendor: 'Acme', name: 'box' }] }],
    });
    expect((await ask(url, '/api/hosts?q=nothing')).body).toEqual({ nodes: [] });
  });

  it('are not looked for without a word', async () => {
    const { url } = await startMemoryNester();
    for (const query of ['', '?q=', '?q=%20', `?q=${'x'.repeat(201)}`]) expect((await ask(url, `/api/hosts${query}`)).status, query).toBe(400);
    expect(complaints(await ask(url, '/api/hosts?q=a&limit=0'))).toEqual(['limit']);
  });

  it('go with their node', async () => {
    const { url } = await startMemoryNester();
    await postReport(url, { node: 'a', hosts: [{ ip: '10.0.0.1' }] });
    await fetch(`${url}/api/nodes/a`, { method: 'DELETE' });
    expect((await ask(url, '/api/hosts?q=10')).body).toEqual({ nodes: [] });
  });
});
