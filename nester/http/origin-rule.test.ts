import { describe, expect, it } from 'vitest';
import type { Sender } from './client-address.ts';
import { createOriginRule } from './origin-rule.ts';
import { TRUST_NOBODY } from './trust-proxy.ts';

function aRequest(headers: Sender['headers']): Sender {
  return { headers, socket: { remoteAddress: '127.0.0.1' } };
}

describe('the origin rule', () => {
  const isAllowed = createOriginRule(['https://status.example.org'], TRUST_NOBODY);

  it.each([
    [{ host: 'nester:5000' }],
    [{ host: 'nester:5000', origin: 'http://nester:5000' }],
    [{ host: 'NESTER:5000', origin: 'http://nester:5000' }],
    [{ host: 'nester.example:443', origin: 'https://nester.example' }],
    [{ host: '[::1]:5000', origin: 'http://[::1]:5000' }],
    [{ host: 'nester:5000', origin: 'https://status.example.org' }],
  ])('lets pass %o', (headers) => {
    expect(isAllowed(aRequest(headers))).toBe(true);
  });

  it.each([
    [{ host: 'nester:5000', origin: 'http://nester' }],
    [{ host: 'nester:5000', origin: 'http://nester:5001' }],
    [{ host: 'nester:5000', origin: 'http://nester:5000.evil.example' }],
    [{ host: 'nester:5000', origin: 'http://nester:5000@evil.example' }],
    [{ host: 'nester:5000', origin: 'http://evil.example/nester:5000' }],
    [{ host: 'nester:5000', origin: 'null' }],
    [{ host: 'nester:5000', origin: '' }],
    [{ host: 'nester:5000', origin: 'http://status.example.org' }],
    [{ origin: 'http://nester:5000' }],
    [{ host: 'nester:5000', origin: 'https://public.example', 'x-forwarded-host': 'public.example' }],
  ])('refuses %o', (headers) => {
    expect(isAllowed(aRequest(headers))).toBe(false);
  });

  it('takes the word of a trusted proxy for the host that was asked', () => {
    const behindProxy = createOriginRule([], () => true);
    const headers = { host: '127.0.0.1:5000', 'x-forwarded-host': 'public.example, inner' };

    expect(behindProxy(aRequest({ ...headers, origin: 'https://public.example' }))).toBe(true);
    expect(behindProxy(aRequest({ ...headers, origin: 'https://evil.example' }))).toBe(false);
  });
});
