import type { LookupAddress } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { createManualClock } from '../manual-clock.ts';
import { createResolver } from './resolver.ts';

const ADDRESS = [{ address: '10.0.0.1', family: 4 }];

describe('resolver', () => {
  it('takes addresses as they are, without asking', async () => {
    const resolver = createResolver({ lookup: () => Promise.reject(new Error('not to be asked')), clock: createManualClock() });

    expect(await resolver.resolve('::1')).toEqual([{ address: '::1', family: 6 }]);
  });

  it('asks once for a name that several want at the same time', async () => {
    let asked = 0;
    const resolver = createResolver({ lookup: () => Promise.resolve(ADDRESS).finally(() => asked++), clock: createManualClock() });

    await Promise.all([resolver.resolve('a.example'), resolver.resolve('a.example')]);

    expect(asked).toBe(1);
  });

  it('gives the last known address when DNS fails or does not answer in time', async () => {
    const clock = createManualClock();
    let lookup: () => Promise<LookupAddress[]> = () => Promise.resolve(ADDRESS);
    const resolver = createResolver({ lookup: () => lookup(), clock });
    await resolver.resolve('a.example');

    lookup = () => Promise.reject(new Error('SERVFAIL'));
    expect(await resolver.resolve('a.example')).toEqual(ADDRESS);

    lookup = () => new Promise(() => undefined);
    const late = resolver.resolve('a.example');
    await clock.advance(3_000);
    expect(await late).toEqual(ADDRESS);
  });

  it('gives nothing for a name that never had an address', async () => {
    const resolver = createResolver({ lookup: () => Promise.reject(new Error('ENOTFOUND')), clock: createManualClock() });

    expect(await resolver.resolve('a.invalid')).toEqual([]);
  });
});
