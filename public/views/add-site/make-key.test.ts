import { describe, expect, it } from 'vitest';
import { makeKey } from './make-key.ts';

/** A Nester that answers each path in one way, and what it was asked. */
function nester(answers: Record<string, { status?: number; body: unknown }>) {
  const asked: string[] = [];
  const fetch = ((url: URL, { method = 'GET', body = '' }: { method?: string; body?: string } = {}) => {
    asked.push(`${method} ${url.pathname} ${body}`.trim());
    const { status = 200, body: says } = answers[url.pathname] ?? { status: 404, body: {} };
    return Promise.resolve(new Response(JSON.stringify(says), { status }));
  }) as typeof globalThis.fetch;
  return { asked, make: () => makeKey('lyon-02', new URL('http://here/n/'), fetch) };
}

const session = (role: string, reportsNeedKey: boolean) => ({ '/n/api/session': { body: { role, reportsNeedKey } } });

describe('a key for a new site', () => {
  it('is made by an admin, bound to the site', async () => {
    const { asked, make } = nester({ ...session('admin', true), '/n/api/keys': { status: 201, body: { key: 'secret' } } });

    expect(await make()).toEqual({ kind: 'made', key: 'secret' });
    expect(asked).toEqual(['GET /n/api/session', 'POST /n/api/keys {"name":"lyon-02","nodes":["lyon-02"]}']);
  });

  it('is not made where reports need none, which would shut out all others', async () => {
    const { asked, make } = nester(session('admin', false));

    expect(await make()).toEqual({ kind: 'none' });
    expect(asked.length).toBe(1);
  });

  it.each([['viewer'], ['anyone']])('is not for a %s to make', async (role) => {
    expect(await nester(session(role, true)).make()).toEqual({ kind: 'needed' });
  });

  it('is there already, or could not be made: then it is said', async () => {
    expect(await nester({ ...session('admin', true), '/n/api/keys': { status: 409, body: {} } }).make()).toEqual({ kind: 'needed' });
    expect(await nester({ ...session('admin', true), '/n/api/keys': { status: 400, body: { errors: [{ message: 'expected a name' }] } } }).make()).toEqual({ kind: 'failed', detail: 'expected a name' });
    expect(await nester({ '/n/api/session': { status: 503, body: {} } }).make()).toEqual({ kind: 'failed', detail: '503' });
  });
});
