import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseHost } from './host.ts';

describe('host', () => {
  it.each([
    ['nester.example', 'nester.example'],
    ['nester.example.', 'nester.example'],
    ['printer_3', 'printer_3'],
    ['10.0.0.1', '10.0.0.1'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
    ['[::1]', '::1'],
    ['café.example', 'xn--caf-dma.example'],
  ])('takes %s as %s', (text, host) => {
    expect(parseHost(text)).toBe(host);
  });

  it.each(['', '-oN/etc/x', '-c', 'a b', 'a;$(reboot)', '$(reboot)', 'a/b', 'a\0b', 'a..b', '.', '[a]', 'a'.repeat(64), `${'a.'.repeat(127)}a`])(
    'refuses %j',
    (text) => {
      expect(parseHost(text)).toBeUndefined();
    },
  );

  it('lets nothing through that a program could take for an option or a shell for a command', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (text) => {
        const host = parseHost(text);
        if (host !== undefined) expect(host).toMatch(/^[A-Za-z0-9_:][A-Za-z0-9_.:%-]*$/);
      }),
      { numRuns: 2_000 },
    );
  });
});
