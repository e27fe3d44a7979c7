import { describe, expect, it } from 'vitest';
import type { Sender } from './client-address.ts';
import { createHostRule, hostRefused, readHostNames } from './host-rule.ts';
import { TRUST_NOBODY } from './trust-proxy.ts';

function aRequest(host: string | undefined, more: Sender['headers'] = {}): Sender {
  return { headers: { ...(host === undefined ? {} : { host }), ...more }, socket: { remoteAddress: '127.0.0.1' } };
}

describe('the host rule', () => {
  const isAllowed = createHostRule({ allowed: ['status.example.org', '.sites.example'], own: ['Probe.example.net'], trust: TRUST_NOBODY });

  it.each([
    ['192.168.1.7:5000'],
    ['8.8.8.8'],
    ['[fd00::1]:5000'],
    ['localhost:5000'],
    ['nester.localhost'],
    ['nester'],
    ['nester.local:5000'],
    ['nester.lan'],
    ['nester.home.arpa'],
    ['a.b.internal'],
    ['PROBE.example.net:5000'],
    ['status.example.org'],
    ['Status.Example.Org.:443'],
    ['lyon.sites.example'],
    [undefined],
  ])('lets pass %s', (host) => {
    expect(isAllowed(aRequest(host))).toBe(true);
  });

  it.each([
    ['evil.example'],
    ['evil.example:5000'],
    ['local.evil.example'],
    ['evillocal.example'],
    ['192.168.1.7.evil.example'],
    ['probe.example.net.evil.example'],
    ['sites.example'],
    ['evil-sites.example'],
    ['evil.example/nester.local'],
    ['nester.local@evil.example'],
    ['evil.example#.local'],
    ['evil.example, nester.local'],
    ['999.999.999.999'],
    [''],
  ])('refuses %s', (host) => {
    expect(isAllowed(aRequest(host))).toBe(false);
  });

  it('takes the word of a trusted proxy, and of nobody else, for the name that was asked', () => {
    const behindProxy = createHostRule({ allowed: [], own: [], trust: () => true });

    expect(isAllowed(aRequest('evil.example', { 'x-forwarded-host': 'nester.local' }))).toBe(false);
    expect(behindProxy(aRequest('evil.example', { 'x-forwarded-host': 'nester.local' }))).toBe(true);
    expect(behindProxy(aRequest('127.0.0.1:5000', { 'x-forwarded-host': 'evil.example, inner' }))).toBe(false);
  });

  it('is off when any name is allowed', () => {
    expect(createHostRule({ allowed: ['*'], own: [], trust: TRUST_NOBODY })(aRequest('evil.example'))).toBe(true);
  });

  it('says how to allow the name that came, and only repeats what is a name', () => {
    expect(hostRefused(aRequest('Status.example:5000'), TRUST_NOBODY).detail).toMatch(/NESTER_ALLOWED_HOSTS=status\.example$/);
    expect(hostRefused(aRequest('a b\u001b[31m'), TRUST_NOBODY).detail).toMatch(/NESTER_ALLOWED_HOSTS=the name it is to be reached by$/);
  });
});

describe('reading host names', () => {
  it('takes names, all below a name, and any', () => {
    expect(readHostNames('Status.example.org, *.sites.example,.more.example,*')).toEqual({ ok: true, value: ['status.example.org', '.sites.example', '.more.example', '*'] });
  });

  it.each(['https://status.example.org', 'status.example.org:443', 'a..b', 'a/b', '*.*'])('refuses %s', (text) => {
    expect(readHostNames(text).ok).toBe(false);
  });
});
