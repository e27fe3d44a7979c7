import { describe, expect, it } from 'vitest';
import { startMemoryNester } from '../../test/support/memory-nester.ts';
import { refusedUpgrade } from '../../test/support/agent-client.ts';
import { readBasePath, takeBasePath } from './base-path.ts';

describe('NESTER_BASE_PATH', () => {
  it.each([
    ['/nester', '/nester'],
    ['/tools/nester/', '/tools/nester'],
    ['/', ''],
  ])('%s is read', (text, value) => {
    expect(readBasePath(text)).toEqual({ ok: true, value });
  });

  it.each(['nester', '//x', '/a b', '/a?b', '/a/../b', '/..', '/é', "/'"])('%s is refused, and what was expected is said', (text) => {
    expect(readBasePath(text)).toMatchObject({ ok: false, errors: [{ message: expect.stringContaining('expected a path such as /nester') as string }] });
  });
});

describe('the base path of a request', () => {
  it.each([
    ['/nester/api/reports?node=a', '/api/reports?node=a', undefined],
    ['/nester/', '/', undefined],
    ['/nester', '/nester', '/nester/'],
    ['/nester?wall', '/nester?wall', '/nester/?wall'],
    ['/nesters/', '/nesters/', undefined],
    ['/api/reports', '/api/reports', undefined],
  ])('of %s leaves %s', (url, left, elsewhere) => {
    const request = { url };

    expect(takeBasePath(request, '/nester')).toBe(elsewhere);
    expect(request.url).toBe(left);
  });
});

describe('a Nester with a base path', () => {
  it('takes reports and sockets with it and without it, and leads to its slash', async () => {
    const { url } = await startMemoryNester({ config: { basePath: '/nester' } });
    const report = (path: string) => fetch(`${url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"node":"a"}' });

    expect([(await report('/nester/api/report')).status, (await report('/api/report')).status]).toEqual([201, 201]);
    expect((await refusedUpgrade(`${url}/nester/nothing`)).status).toBe(404);
    const led = await fetch(`${url}/nester?wall`, { redirect: 'manual' });
    expect([led.status, led.headers.get('location')]).toEqual([308, '/nester/?wall']);
  });
});
