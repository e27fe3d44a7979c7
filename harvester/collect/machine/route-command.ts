import { isIP, isIPv4 } from 'node:net';
import type { Clock } from '../../clock.ts';
import type { RunChild } from '../child.ts';

/** IP address of the default gateway; `undefined` where there is none, or it is not known. Never rejects. */
export type FindGateway = () => Promise<string | undefined>;

export interface RouteCommandDeps {
  run: RunChild;
  platform: string;
  clock: Clock;
}

/** The way out of a site changes seldom, and each question starts a program. */
const KEPT_MS = 60_000;
const DEADLINE_MS = 2_000;
const LIMIT_BYTES = 256 * 1024;

/** Asks `route`, where the kernel tells its routes in no file: on macOS and Windows. */
export function createRouteCommand({ run, platform, clock }: RouteCommandDeps): FindGateway {
  const questions: { args: string[]; read: (text: string) => string | undefined }[] =
    platform === 'win32'
      ? [{ args: ['print', '-4'], read: gatewayOfWindows }]
      : [
          { args: ['-n', 'get', 'default'], read: gatewayOfBsd },
          { args: ['-n', 'get', '-inet6', 'default'], read: gatewayOfBsd },
        ];
  let known: { gateway: string | undefined; atMs: number } | undefined;

  return async function findGateway() {
    if (known !== undefined && clock.monotonic() - known.atMs < KEPT_MS) return known.gateway;
    let gateway: string | undefined;
    for (const { args, read } of questions) {
      const { outcome, stdout } = await run('route', args, { deadlineMs: DEADLINE_MS, limitBytes: LIMIT_BYTES });
      gateway = outcome === 'exited' ? read(stdout.toString('latin1')) : undefined;
      if (gateway !== undefined) break;
    }
    known = { gateway, atMs: clock.monotonic() };
    return gateway;
  };
}

/** `route -n get default` on macOS and the BSDs, which speaks English only; a way out without an address (a tunnel) has none. */
export function gatewayOfBsd(text: string): string | undefined {
  const found = /^\s*gateway: (\S+)\s*$/m.exec(text)?.[1];
  return found !== undefined && isIP(found) !== 0 ? found : undefined;
}

/**
 * `route print -4` on Windows, in any language: rows of destination, mask, gateway, interface and
 * metric. The permanent routes further down lack a column. Of several, the lowest metric counts.
 */
export function gatewayOfWindows(text: string): string | undefined {
  const ways = text.split('\n').flatMap((line) => {
    const words = line.trim().split(/\s+/);
    const [destination, mask, gateway = '', own = '', metric = ''] = words;
    const isDefault = words.length === 5 && destination === '0.0.0.0' && mask === '0.0.0.0';
    return isDefault && isIPv4(gateway) && isIPv4(own) && /^\d{1,9}$/.test(metric) ? [{ gateway, metric: Number(metric) }] : [];
  });
  return ways.toSorted((a, b) => a.metric - b.metric)[0]?.gateway;
}
