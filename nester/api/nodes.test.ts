import { describe, expect, it } from 'vitest';
import { startMemoryNester } from '../../test/support/memory-nester.ts';
import { postReport, postReports } from '../../test/support/requests.ts';
import { StoreUnavailableError } from '../store/report-store.ts';

describe('GET /api/nodes', () => {
  it('answers the state of every node, in order of first appearance', async () => {
    const { url } = await startMemoryNester();
    await postReports(url, [{ node: 'b', latency: 3.4 }, { node: 'a' }, { node: 'b', latency: 5 }]);

    const response = await fetch(`${url}/api/nodes`);

    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toMatchObject([
      { node: 'b', status: 'online', latency: 5, connected: false },
      { node: 'a', status: 'online', latency: null },
    ]);
  });

  it('answers an empty array when there is none, and a whole one when there are many', async () => {
    const { url } = await startMemoryNester();
    const none = await (await fetch(`${url}/api/nodes`)).json();
    await postReports(url, Array.from({ length: 1000 }, (_, n) => ({ node: `n${n}` })));

    const many = await (await fetch(`${url}/api/nodes`)).json();

    expect(none).toEqual([]);
    expect(many.map(({ node }: { node: string }) => node)).toEqual(Array.from({ length: 1000 }, (_, n) => `n${n}`));
  });

  it('answers 304 while no state changed', async () => {
    const { url } = await startMemoryNester();
    await postReport(url, { node: 'a' });
    const etag = (await fetch(`${url}/api/nodes`)).headers.get('etag') ?? '';
    const again = async (): Promise<number> => (await fetch(`${url}/api/nodes`, { headers: { 'if-none-match': etag } })).status;

    const before = await again();
    await postReport(url, { node: 'a' });

    expect([before, await again()]).toEqual([304, 200]);
  });
});

describe('GET /api/nodes/:node', () => {
  it('answers the state of one, whatever its name', async () => {
    const { url } = await startMemoryNester();
    const names = ['lyon-01', 'a/b?c#d', '<img src=x>', 'é😀', '%2F'];
    await postReports(url, names.map((node) => ({ node })));

    for (const node of names) {
      const response = await fetch(`${url}/api/nodes/${encodeURIComponent(node)}`);
      expect(await response.json()).toMatchObject({ node });
    }
  });

  it('answers 404 when nobody of this name has reported', async () => {
    const { url } = await startMemoryNester();

    const response = await fetch(`${url}/api/nodes/nobody`);

    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ status: 404, title: 'Not Found' });
  });

  it('answers 400 to a name that cannot be decoded', async () => {
    const { url } = await startMemoryNester();

    expect((await fetch(`${url}/api/nodes/%E0%A4%A`)).status).toBe(400);
  });

  it('answers 304 while its state is the same', async () => {
    const { url } = await startMemoryNester();
    await postReport(url, { node: 'a' });
    const etag = (await fetch(`${url}/api/nodes/a`)).headers.get('etag') ?? '';
    await postReport(url, { node: 'b' });

    const response = await fetch(`${url}/api/nodes/a`, { headers: { 'if-none-match': etag } });

    expect(response.status).toBe(304);
  });
});

describe('DELETE /api/nodes/:node', () => {
  it('forgets the node and its reports', async () => {
    const { url, store } = await startMemoryNester();
    await postReports(url, [{ node: 'a' }, { node: 'b' }, { node: 'a' }]);

    const first = await fetch(`${url}/api/nodes/a`, { method: 'DELETE' });
    const second = await fetch(`${url}/api/nodes/a`, { method: 'DELETE' });

    expect([first.status, second.status]).toEqual([204, 404]);
    expect((await fetch(`${url}/api/nodes/a`)).status).toBe(404);
    expect(store.count()).toBe(1);
  });

  it('asks for the key', async () => {
    const { url } = await startMemoryNester({ config: { apiKey: 'k' } });
    await postReport(url, { node: 'a' }, { 'x-api-key': 'k' });
    const forget = async (headers: Record<string, string>): Promise<number> =>
      (await fetch(`${url}/api/nodes/a`, { method: 'DELETE', headers })).status;

    expect([await forget({}), await forget({ 'x-api-key': 'x' }), await forget({ 'x-api-key': 'k' })]).toEqual([401, 401, 204]);
  });

  it('refuses the page of another host', async () => {
    const { url } = await startMemoryNester();
    await postReport(url, { node: 'a' });

    const refused = await fetch(`${url}/api/nodes/a`, { method: 'DELETE', headers: { origin: 'https://evil.example' } });
    const own = await fetch(`${url}/api/nodes/a`, { method: 'DELETE', headers: { origin: url } });

    expect([refused.status, own.status]).toEqual([403, 204]);
  });

  it('answers 503 while the disk is full', async () => {
    const { url } = await startMemoryNester({ around: () => ({ forget: () => Promise.reject(new StoreUnavailableError(new Error('full'))) }) });

    const response = await fetch(`${url}/api/nodes/a`, { method: 'DELETE' });

    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
  });
});
