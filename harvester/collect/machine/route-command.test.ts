import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createManualClock } from '../../manual-clock.ts';
import type { ChildResult, RunChild } from '../child.ts';
import { createRouteCommand, gatewayOfBsd, gatewayOfWindows } from './route-command.ts';

const output = (name: string): string => readFileSync(new URL(`fixtures/${name}.txt`, import.meta.url), 'latin1');

/** A `route` that says these texts, by its arguments. */
function routeSaying(texts: Record<string, string>): { run: RunChild; asked: string[] } {
  const asked: string[] = [];
  const run: RunChild = (command, args) => {
    asked.push([command, ...args].join(' '));
    const text = texts[args.join(' ')];
    const result: ChildResult = { outcome: text === undefined ? 'missing' : 'exited', code: 0, stdout: Buffer.from(text ?? '', 'latin1'), stderr: '' };
    return Promise.resolve(result);
  };
  return { run, asked };
}

describe('route command', () => {
  it.each(['route-windows-english', 'route-windows-french', 'route-windows-german'])('gives the gateway of the lowest metric in %s', (name) => {
    expect(gatewayOfWindows(output(name))).toBe('192.168.1.1');
  });

  it('gives the gateway of macOS, of IPv6 where there is no other, and none of a tunnel', () => {
    expect(gatewayOfBsd(output('route-macos'))).toBe('192.168.1.1');
    expect(gatewayOfBsd(output('route-macos-ipv6'))).toBe('fe80::a6b1:c1ff:fe00:907%en0');
    expect(gatewayOfBsd(output('route-macos-tunnel'))).toBeUndefined();
  });

  it.each(['', 'gateway: -oN/etc/x', 'gateway: $(reboot)', '0.0.0.0 0.0.0.0 ;reboot 10.0.0.1 1', '0.0.0.0 0.0.0.0 10.0.0.1 10.0.0.2 1 2'])('takes no gateway from %j', (text) => {
    expect(gatewayOfBsd(text)).toBeUndefined();
    expect(gatewayOfWindows(text)).toBeUndefined();
  });

  it('asks again after a minute, not in each round', async () => {
    const clock = createManualClock();
    const { run, asked } = routeSaying({ 'print -4': output('route-windows-german') });
    const findGateway = createRouteCommand({ run, platform: 'win32', clock });

    for (let round = 0; round < 12; round++) {
      expect(await findGateway()).toBe('192.168.1.1');
      await clock.advance(10_000);
    }

    expect(asked).toEqual(['route print -4', 'route print -4']);
  });

  it('asks macOS for IPv4 first, and knows nothing where there is no such program', async () => {
    const none = 'route: writing to routing socket: not in table\n';
    const six = routeSaying({ '-n get default': none, '-n get -inet6 default': output('route-macos-ipv6') });
    const nothing = routeSaying({});

    expect(await createRouteCommand({ run: six.run, platform: 'darwin', clock: createManualClock() })()).toContain('%en0');
    expect(await createRouteCommand({ run: nothing.run, platform: 'darwin', clock: createManualClock() })()).toBeUndefined();

    expect(six.asked).toEqual(['route -n get default', 'route -n get -inet6 default']);
  });
});
