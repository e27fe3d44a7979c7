import { describe, expect, it } from 'vitest';
import { until } from '../../test/support/requests.ts';
import { createLogin } from './login.ts';

function aLogin(status: number, body: unknown = {}) {
  const happened: string[] = [];
  const login = createLogin({
    root: new URL('http://nester/below/'),
    onLogin: () => happened.push('login'),
    reload: () => happened.push('reload'),
    fetch: (url, options) => {
      happened.push(`${options?.method ?? 'GET'} ${(url as URL).href}`);
      return status === 0 ? Promise.reject(new TypeError('no network')) : Promise.resolve(Response.json(body, { status }));
    },
  });
  return { login, happened };
}

describe('the login', () => {
  it.each([
    ['offers to log out whoever is logged in', 200, { role: 'admin', login: true }, ['login']],
    ['offers nothing where nobody logs in', 200, { role: 'anyone', login: false }, []],
    ['leads to the place to log in when it is over', 401, {}, ['reload']],
    ['says nothing while there is no answer', 0, {}, []],
    ['says nothing when Nester is in trouble', 503, {}, []],
  ])('%s', async (_what, status, body, then) => {
    const { login, happened } = aLogin(status, body);

    login.check();
    login.check();
    await until('all has happened', () => happened.length === 1 + then.length);

    expect(happened).toEqual(['GET http://nester/below/api/session', ...then]);
  });

  it('ends, and shows the place to log in', async () => {
    const { login, happened } = aLogin(303);

    login.logout();
    await until('it is loaded anew', () => happened.includes('reload'));

    expect(happened[0]).toBe('POST http://nester/below/logout');
  });
});
