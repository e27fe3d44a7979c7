import { describe, expect, it } from 'vitest';
import { askedAddress } from './asked-address.ts';

const peer = { remoteAddress: '10.0.0.1' };
const rules = { isTls: false, trust: () => false, basePath: '' };

describe('the address by which Nester was asked', () => {
  it.each([
    ['nester.example.org:5000', 'http://nester.example.org:5000'],
    ['status', 'http://status'],
    ['[fd00::7]:5000', 'http://[fd00::7]:5000'],
  ])('is what Host says: %s', (host, address) => {
    expect(askedAddress({ headers: { host }, socket: peer }, rules)).toBe(address);
  });

  it('has the scheme that Nester speaks, and the path before all paths', () => {
    expect(askedAddress({ headers: { host: 'a.example' }, socket: peer }, { ...rules, isTls: true, basePath: '/nester' })).toBe('https://a.example/nester');
  });

  it('is what a trusted proxy was asked for, and nobody else', () => {
    const request = { headers: { host: 'inside:5000', 'x-forwarded-host': 'a.example', 'x-forwarded-proto': 'https' }, socket: peer };

    expect(askedAddress(request, { ...rules, trust: () => true })).toBe('https://a.example');
    expect(askedAddress(request, rules)).toBe('http://inside:5000');
  });

  it.each(["a'; rm -rf /; '", 'a b', 'a/b', 'a@b', '', '-x', '$(id)', '`id`', 'a\\', 'é.example', 'a:b', 'a:1\n'])('is none where Host is none: %j', (host) => {
    expect(askedAddress({ headers: { host }, socket: peer }, rules)).toBeUndefined();
    expect(askedAddress({ headers: {}, socket: peer }, rules)).toBeUndefined();
  });
});
